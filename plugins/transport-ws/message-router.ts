import type { SocketClient, SocketHandler, SocketMessage } from './contract.js';
import { readMessage } from './read-message.js';
import { refusalMessage, schemaProblem, tellable } from './refusal-message.js';

/** Hands each message to the plugin that answers its type. The list of handlers is live. */
export class MessageRouter {
  constructor(
    private readonly handlers: readonly SocketHandler[],
    /** Told of errors nobody foresaw. */
    private readonly complain: (what: string, thrown: unknown) => void,
  ) {}

  /** Acts upon a message, or tells the client why not. Never rejects. */
  async route(text: string, client: SocketClient): Promise<void> {
    const message = readMessage(text);
    if (typeof message === 'string') return client.send({ type: 'error', message });
    const { type, ...members } = message;
    try {
      const handler = this.handler(type);
      if (!handler) return client.send({ type: 'error', message: this.unknown(type) });
      const checked = handler.schema.safeParse(members);
      if (!checked.success) return client.send(refusalMessage(message, schemaProblem(type, checked.error)));
      await handler.handle(checked.data, client);
    } catch (thrown) {
      const words = tellable(thrown);
      if (words === undefined) this.complain(`a message of the type "${type.slice(0, 64)}" could not be answered`, thrown);
      client.send(refusalMessage(message, words ?? 'the server failed to answer this; its log says why'));
    }
  }

  private handler(type: string): SocketMessage | undefined {
    for (const { messages } of this.handlers) {
      const found = messages?.find((each) => each.type === type);
      if (found) return found;
    }
    return undefined;
  }

  private unknown(type: string): string {
    const known = this.handlers.flatMap(({ messages = [] }) => messages.map((each) => each.type));
    return `unknown message type "${type.slice(0, 64)}"; known are: ${known.length > 0 ? known.join(', ') : 'none'}`;
  }
}
