import type { ConversationStatus } from './conversation.js';
import type { ChatEvent } from './events.js';
import type { ChatRequest } from './http.js';
import type { CatalogEntry, Surface } from './surfaces.js';

interface Scoped {
  surfaceId: string;
  conversationId?: string;
}

/** What a client may send: one JSON object a text frame. */
export type ClientMessage =
  | ({ type: 'chat.send' } & ChatRequest)
  | { type: 'chat.subscribe'; conversationId: string }
  | { type: 'chat.unsubscribe'; conversationId: string }
  | { type: 'chat.queue'; conversationId: string; text: string; workspaceId?: string }
  | { type: 'chat.queue.cancel'; conversationId: string; messageId: string }
  | ({ type: 'subscribe' } & Scoped)
  | ({ type: 'unsubscribe' } & Scoped)
  | ({ type: 'invoke'; actionId: string; payload?: unknown } & Scoped);

/** Sent to every socket, whatever it subscribed to. */
export type Broadcast =
  | { type: 'conversation.open'; conversationId: string; workspaceId: string }
  | { type: 'conversation.statusChanged'; conversationId: string; status: ConversationStatus; workspaceId: string }
  | {
      type: 'conversation.compacted';
      conversationId: string;
      newConversationId: string;
      messagesSummarized: number;
      messagesKept: number;
    };

/** What the server may send. `chat.error` is transport-level only; errors inside a turn are events. */
export type ServerMessage =
  | { type: 'chat.delta'; event: ChatEvent }
  | { type: 'chat.error'; conversationId?: string; message: string }
  | { type: 'surface'; spec: Surface; conversationId?: string }
  | { type: 'update'; update: { surfaceId: string; spec: Surface; conversationId?: string } }
  | { type: 'error'; surfaceId?: string; message: string }
  | { type: 'catalog'; catalog: CatalogEntry[] }
  | Broadcast;
