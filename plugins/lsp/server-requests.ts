import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProtocolConnection } from 'vscode-languageserver-protocol/node';
import { isObject } from './definition.js';
import type { Protocol } from './protocol.js';

/** Registrations that are remembered, and settings answered at once, at most. */
const most = 1_000;

export interface ServerTalk {
  /** Absolute path. */
  root: string;
  settings: unknown;
  /** What a server has registered for after its start: id to method. */
  registered: Map<string, string>;
  published(params: unknown): void;
  /** Something about its abilities has changed, or its earlier diagnostics no longer hold. */
  news(): void;
}

/**
 * Answers what a server asks of its client: settings, registrations and progress are granted, nothing is changed or shown
 * on its behalf. What is not named here is answered by the library: there is no such method.
 */
export function answerServer(connection: ProtocolConnection, protocol: Protocol, talk: ServerTalk): void {
  const { root, settings, registered } = talk;
  const items = (params: unknown): unknown[] => {
    const found = isObject(params) ? (params.items ?? params.registrations ?? params.unregisterations) : undefined;
    return Array.isArray(found) ? found.slice(0, most) : [];
  };
  connection.onNotification(protocol.PublishDiagnosticsNotification.method, (params: unknown) => {
    talk.published(params);
    talk.news();
  });
  connection.onRequest(protocol.ConfigurationRequest.method, (params: unknown) =>
    items(params).map((item) => sectionOf(settings, isObject(item) ? item.section : undefined)),
  );
  connection.onRequest(protocol.RegistrationRequest.method, (params: unknown) => {
    for (const item of items(params))
      if (isObject(item) && typeof item.id === 'string' && typeof item.method === 'string' && registered.size < most)
        registered.set(item.id.slice(0, 200), item.method.slice(0, 200));
    talk.news();
    return null;
  });
  connection.onRequest(protocol.UnregistrationRequest.method, (params: unknown) => {
    for (const item of items(params)) if (isObject(item) && typeof item.id === 'string') registered.delete(item.id);
    return null;
  });
  connection.onRequest(protocol.DiagnosticRefreshRequest.method, () => {
    talk.news();
    return null;
  });
  connection.onRequest(protocol.WorkspaceFoldersRequest.method, () => [{ uri: pathToFileURL(root).href, name: basename(root) }]);
  connection.onRequest(protocol.WorkDoneProgressCreateRequest.method, () => null);
  connection.onRequest(protocol.ShowMessageRequest.method, () => null);
  connection.onRequest(protocol.ShowDocumentRequest.method, () => ({ success: false }));
  connection.onRequest(protocol.ApplyWorkspaceEditRequest.method, () => ({
    applied: false,
    failureReason: 'this client changes no files on behalf of a server',
  }));
}

/** The settings below a dotted name; null when there are none. Pure. */
export function sectionOf(settings: unknown, section: unknown): unknown {
  let at = settings;
  for (const name of typeof section === 'string' && section !== '' ? section.split('.') : [])
    at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return at ?? null;
}
