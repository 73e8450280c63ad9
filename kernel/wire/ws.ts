import type { ConversationStatus } from './conversation.js';
import type { ChatEvent } from './events.js';
import type { ChatRequest, CompactAnswer, PluginStatus } from './http.js';
import type { CatalogEntry, Surface } from './surfaces.js';

type Of = { conversationId: string };
type OfSurface = { surfaceId: string; conversationId?: string };

/** What a client may send: one JSON object a text frame. */
export type ClientMessage =
  | ({ type: 'chat.send' } & ChatRequest)
  | ({ type: 'chat.subscribe' | 'chat.unsubscribe' } & Of)
  | ({ type: 'chat.queue'; text: string; workspaceId?: string } & Of)
  | ({ type: 'chat.queue.cancel'; messageId: string } & Of)
  | ({ type: 'subscribe' | 'unsubscribe' } & OfSurface)
  | ({ type: 'invoke'; actionId: string; payload?: unknown } & OfSurface);

type Members<M, T> = M extends { type: infer U } ? (T extends U ? Omit<M, 'type'> : never) : never;
/** What a client's message of that type has beside the type. */
export type MembersOf<T extends ClientMessage['type']> = Members<ClientMessage, T>;

/** Sent to every socket, whatever it subscribed to. */
export type Broadcast =
  | ({ type: 'conversation.open'; workspaceId: string } & Of)
  | ({ type: 'conversation.statusChanged'; status: ConversationStatus; workspaceId: string } & Of)
  | ({ type: 'conversation.compacted' } & CompactAnswer);

/** Sent to every socket when a plugin came, went, or changed its state. */
export type PluginChanged = { type: 'plugin.changed'; plugin: PluginStatus };

/** What the server may send. `chat.error` is transport-level only; errors inside a turn are events. */
export type ServerMessage =
  | { type: 'chat.delta'; event: ChatEvent }
  | { type: 'chat.error'; conversationId?: string; message: string }
  | { type: 'surface'; spec: Surface; conversationId?: string }
  | { type: 'update'; update: OfSurface & { spec: Surface } }
  | { type: 'error'; surfaceId?: string; message: string }
  | { type: 'catalog'; catalog: CatalogEntry[] }
  | PluginChanged
  | Broadcast;
