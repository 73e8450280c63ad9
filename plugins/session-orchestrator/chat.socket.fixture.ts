/** What the tests of chat over sockets share: a host with real storage, turns and sockets, and a model that says what it is told to. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin, type Provider, Providers, type StepPart, type StepRequest } from 'dispatch/kernel';
import { hostWith } from 'dispatch/testing';
import type { ChatEvent } from 'dispatch/wire';
import conversationStore from '../conversation-store/index.js';
import { CredentialSources } from '../credential-store/contract.js';
import credentialStore from '../credential-store/index.js';
import storage from '../storage-sqlite/index.js';
import { HttpServer } from '../transport-http/contract.js';
import http from '../transport-http/open-transport.fixture.js';
import sockets from '../transport-ws/index.js';
import { TestClient } from '../transport-ws/socket-server.fixture.js';
import { Turns } from './contract.js';
import orchestrator from './index.js';

const settings = {
  ...{ 'http.port': 0, 'http.host': '127.0.0.1', 'http.allowedHosts': [], 'http.allowedOrigins': [], 'http.devPorts': [], 'ws.port': 0 },
  ...{
    'http.bodyLimit': 1024 * 1024,
    'tools.allowProtected': [],
    'turn.maxSteps': 10,
    'turn.maxConcurrentTools': 4,
    'turn.eagerTools': true,
  },
  ...{ 'turn.resultLimit': 50_000, 'retry.tries': 1, 'retry.baseMs': 1, 'retry.maxMs': 1, 'retry.restarts': 0, 'retry.afterMaxMs': 1 },
  ...{ 'watchdog.connectMs': 30_000, 'watchdog.firstByteMs': 300_000, 'watchdog.silenceMs': 120_000 },
};

/** A model that says what the test says, when it says it. */
export class Puppet implements Provider {
  readonly kind = 'puppet';
  private readonly words: (string | undefined)[] = [];
  private wake: () => void = () => undefined;

  say(...words: string[]): void {
    this.words.push(...words);
    this.wake();
  }

  /** Ends the answer. */
  stop(): void {
    this.words.push(undefined);
    this.wake();
  }

  async models() {
    return [{ id: 'puppet-1' }];
  }

  async *stream(_: unknown, { signal }: StepRequest): AsyncGenerator<StepPart> {
    signal.addEventListener('abort', () => this.wake(), { once: true });
    yield { type: 'open' };
    for (;;) {
      while (this.words.length === 0 && !signal.aborted) await new Promise<void>((resolve) => (this.wake = resolve));
      signal.throwIfAborted();
      const text = this.words.shift();
      if (text === undefined) break;
      yield { type: 'text', text };
    }
    yield { type: 'finish', reason: 'stop' };
  }
}

export async function startChat() {
  const dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-chat-')));
  const puppet = new Puppet();
  const model = definePlugin({
    id: 'puppet',
    provides: Providers,
    create: () => ({ kind: puppet.kind, models: puppet.models, stream: puppet.stream.bind(puppet) }),
  });
  const credential = definePlugin({
    id: 'puppet-credential',
    provides: CredentialSources,
    create: () => ({ credentials: () => [{ name: 'puppet', provider: 'puppet', defaultModel: 'puppet-1' }] }),
  });
  const config = { ...settings, dataDir, db: join(dataDir, 'dispatch.db'), cwd: dataDir };
  const host = await hostWith([storage, conversationStore, credentialStore, model, credential, orchestrator, http, sockets], { config });
  const failed = host.status().filter(({ state }) => state === 'failed');
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  const { port } = host.get(HttpServer);
  return {
    ...{ host, puppet, turns: host.get(Turns), url: `http://127.0.0.1:${port}` },
    open: () => TestClient.open(`ws://127.0.0.1:${port}/ws`),
    async stop() {
      await host.get(Turns).drain(0);
      await host.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** What a client was shown of a conversation. */
export const eventsOf = (client: TestClient, conversationId: string): ChatEvent[] =>
  client.got.flatMap((message) =>
    message.type === 'chat.delta' && message.event.conversationId === conversationId ? [message.event] : [],
  );

/** The text of an answer so far. */
export const textOf = (events: readonly ChatEvent[]): string =>
  events.map((event) => (event.type === 'text-delta' ? event.delta : '')).join('');

/** Resolves when the client has been shown an event of this type, this text, or so many deltas. */
export async function shown(client: TestClient, conversationId: string, what: ChatEvent['type'] | { text: string } | { deltas: number }) {
  const there = () => {
    const events = eventsOf(client, conversationId);
    if (typeof what === 'string') return events.some(({ type }) => type === what);
    return 'text' in what ? textOf(events) === what.text : events.filter(({ type }) => type === 'text-delta').length >= what.deltas;
  };
  while (!there()) await client.more();
}
