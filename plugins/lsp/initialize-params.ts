import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InitializeParams } from 'vscode-languageserver-protocol/node';
import { clientCapabilities } from './client-capabilities.js';

/** How a server is greeted that looks at this root (an absolute path). */
export function initializeParams(root: string, initialization: unknown): InitializeParams {
  const uri = pathToFileURL(root).href;
  return {
    // Servers that look after this end by themselves when we are gone.
    processId: process.pid,
    clientInfo: { name: 'dispatch' },
    ...{ rootPath: root, rootUri: uri, workspaceFolders: [{ uri, name: basename(root) }] },
    capabilities: clientCapabilities,
    ...(initialization !== undefined && { initializationOptions: initialization as InitializeParams['initializationOptions'] }),
  };
}
