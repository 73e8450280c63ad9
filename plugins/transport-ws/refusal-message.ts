import type { ServerMessage } from 'dispatch/wire';
import type { ZodError } from 'zod';
import type { ClientText } from './read-message.js';

/** How a client is told that its message is not acted upon: in the words of the part of the contract it belongs to. */
export function refusalMessage({ type, conversationId, surfaceId }: ClientText, message: string): ServerMessage {
  if (type.startsWith('chat.')) return typeof conversationId === 'string' ? chatError(message, conversationId) : chatError(message);
  return typeof surfaceId === 'string' ? { type: 'error', surfaceId, message } : { type: 'error', message };
}

const chatError = (message: string, conversationId?: string): ServerMessage => ({ type: 'chat.error', conversationId, message });

/** The first thing that is wrong with a message, with the name of its field. */
export function schemaProblem(type: string, { issues: [first] }: ZodError): string {
  const field = (first?.path ?? []).reduce<string>(
    (name, key) => (typeof key === 'number' ? `${name}[${key}]` : `${name}.${String(key)}`),
    type,
  );
  return `${field}: ${first?.message ?? 'not as it should be'}`;
}

/** Errors whose words are for the client. By name: a plugin from elsewhere may bring its own copy of the class. */
const told: ReadonlySet<string> = new Set(['MessageRefused', 'HttpError', 'StorageError']);

/** What the client may know of whatever a handler threw; undefined when nobody foresaw it. */
export const tellable = (thrown: unknown): string | undefined =>
  thrown instanceof Error && told.has(thrown.name) ? thrown.message : undefined;
