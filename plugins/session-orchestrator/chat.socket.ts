import { randomUUID } from 'node:crypto';
import { inject, plugin } from 'dispatch/kernel';
import type { MembersOf } from 'dispatch/wire';
import * as z from 'zod';
import { wire } from '../transport-http/contract.js';
import {
  MessageRefused,
  type SocketClient,
  type SocketHandler,
  SocketHandlers,
  type SocketMessage,
  socketMessage,
} from '../transport-ws/contract.js';
import { chatRequest, conversationId } from './chat-request.js';
import { SocketTurns, TurnRefused, Turns } from './contract.js';
import { SocketWatcher } from './socket-watcher.js';

/** Conversations that one socket may watch at once. */
const mostWatched = 1_000;

const watched = wire<MembersOf<'chat.subscribe'> & MembersOf<'chat.unsubscribe'>>('ChatSubscribe')(z.object({ conversationId }));

/** One socket's interest in one conversation. */
interface Subscription {
  watcher: SocketWatcher;
  /** Whether the client asked for it by `chat.subscribe`; else it came with a `chat.send`. */
  asked: boolean;
}

/** Chat over a socket: starting turns and watching conversations. A socket that goes takes its watches, never a turn. */
@plugin({ id: 'session-orchestrator-socket', version: '0.1.0', provides: [SocketHandlers, SocketTurns] })
export class ChatSocket implements SocketHandler, SocketTurns {
  readonly messages: readonly SocketMessage[] = [
    socketMessage({ type: 'chat.send', schema: chatRequest, handle: (request, client) => this.send(request, client) }),
    socketMessage({
      type: 'chat.subscribe',
      schema: watched,
      handle: (message, client) => {
        this.subscribe(client, message.conversationId).asked = true;
      },
    }),
    socketMessage({
      type: 'chat.unsubscribe',
      schema: watched,
      handle: (message, client) => this.unsubscribe(client, message.conversationId),
    }),
  ];
  private readonly watched = new WeakMap<SocketClient, Map<string, Subscription>>();

  constructor(@inject(Turns) private readonly turns: Turns) {}

  /** Watches first, so that not one event is missed; where no turn begins, things are left as they were. */
  async begin(client: SocketClient, conversationId: string, begin: () => Promise<boolean>): Promise<void> {
    const before = this.of(client).get(conversationId);
    const mine = !before && this.turns.running(conversationId) === undefined ? this.subscribe(client, conversationId) : undefined;
    let began = false;
    try {
      began = await begin();
    } finally {
      if (!began && mine && !mine.asked && this.of(client).get(conversationId) === mine) this.unsubscribe(client, conversationId);
    }
  }

  private async send(request: z.infer<typeof chatRequest>, client: SocketClient): Promise<void> {
    const conversationId = request.conversationId ?? randomUUID();
    await this.begin(client, conversationId, async () => {
      await this.turns.begin({ ...request, conversationId }).catch(refuse);
      return true;
    });
  }

  private subscribe(client: SocketClient, id: string): Subscription {
    const all = this.of(client);
    const known = all.get(id);
    if (known) return known;
    if (all.size >= mostWatched)
      throw new MessageRefused(`this socket watches ${mostWatched} conversations, which is the most: chat.unsubscribe from some`);
    const watcher = new SocketWatcher(client);
    const subscription = { watcher, asked: false };
    all.set(id, subscription);
    watcher.watch = this.turns.watch(id, watcher);
    return subscription;
  }

  private unsubscribe(client: SocketClient, id: string): void {
    const all = this.of(client);
    all.get(id)?.watcher.watch?.stop();
    all.delete(id);
  }

  private of(client: SocketClient): Map<string, Subscription> {
    let all = this.watched.get(client);
    if (!all) {
      const made = new Map<string, Subscription>();
      all = made;
      this.watched.set(client, made);
      client.onClose(() => {
        for (const { watcher } of made.values()) watcher.watch?.stop();
        made.clear();
      });
    }
    return all;
  }
}

function refuse(thrown: unknown): never {
  if (thrown instanceof TurnRefused) throw new MessageRefused(thrown.message, { cause: thrown });
  throw thrown;
}
