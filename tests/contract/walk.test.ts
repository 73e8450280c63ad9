import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { QueueAnswer } from 'dispatch/wire';
import { root } from '../real-server.fixture.js';
import { DescribedServer, type Given, type Told } from './described-server.fixture.js';
import type { Operation } from './document.fixture.js';

let described: DescribedServer;
let release: () => void = () => undefined;
let waiting: string;
const answers: { operation: Operation; full: boolean; told: Told }[] = [];

/** What a request must name that only this server knows. */
const situations: Record<string, (full: boolean) => Given> = {
  postChatWarm: () => ({ body: { conversationId: 'my-conversation' } }),
  postConversationsByIdCompact: (full) => ({ body: full ? { keepLastN: 1, modelName: 'default/mock-1' } : { keepLastN: 12 } }),
  putConversationsByIdQueueByMessageId: () => ({ path: { id: 'busy', messageId: waiting } }),
  postSurfacesByIdActionsByActionId: () => ({ path: { actionId: 'cache-warming/toggle' }, body: { conversationId: 'my-conversation' } }),
  postSurfacesByIdActionsByGroupByActionId: () => ({ body: { conversationId: 'my-conversation', payload: false } }),
  postPluginsByIdReload: () => ({ path: { id: 'tool-write-file' } }),
  postPluginsByIdEnable: () => ({ path: { id: 'tool-write-file' } }),
  postPluginsByIdDisable: () => ({ path: { id: 'tool-write-file' } }),
  getPluginsByIdSettings: () => ({ path: { id: 'turn-notice' } }),
  putPluginsByIdSettings: () => ({ path: { id: 'turn-notice' }, body: { values: { url: 'https://chat.example/' } } }),
  putWorkspacesById: (full) => ({ path: { id: full ? 'second' : 'my-workspace' } }),
  deleteWorkspacesById: (full) => ({ path: { id: full ? 'second' : 'my-workspace' } }),
};
/** The routes that answer no success here: an upgrade that is none. */
const refusals: Record<string, number> = { getWs: 426 };
/** Whose success this test vouches for; routes of others may refuse as they document. */
const vouched = /^\/(chat|conversations|workspaces|system-prompt|metrics|surfaces|models|health|plugins|openapi\.json|docs|ws)\b/;

/** Making before changing, changing before reading, reading before removing; short paths first. */
const order = ['PUT', 'POST', 'GET', 'DELETE'];

beforeAll(async () => {
  described = await DescribedServer.start({}, { DISPATCH_PLUGINS: join(root, 'examples/turn-notice') });
  const { server, provider, document } = described;
  provider.script = ({ raw }) =>
    raw.includes('wait for it') ? { hold: new Promise<void>((resolve) => (release = resolve)) } : { text: ['ok'] };
  for (let i = 0; i < 12; i++) await server.chat({ conversationId: 'my-conversation', message: `turn ${i} ${'and so on '.repeat(50)}` });
  const busy = new Promise<void>((started) => {
    void server.chat({ conversationId: 'busy', message: 'wait for it' }, ({ type }) => type === 'turn-start' && started());
  });
  await busy;
  waiting = (await server.post<QueueAnswer>('/conversations/busy/queue', { text: 'later' })).queue[0]?.id as string;

  const operations = [...document.operations].sort(
    (a, b) => order.indexOf(a.method) - order.indexOf(b.method) || a.path.length - b.path.length || (a.path < b.path ? -1 : 1),
  );
  for (const operation of operations)
    for (const full of [false, true]) {
      await server.get('/conversations/my-conversation/last'); // what was queued before has been answered
      answers.push({ operation, full, told: await described.ask(operation, { full, ...situations[operation.operationId]?.(full) }) });
    }
}, 120_000);
afterAll(async () => {
  release();
  await described.stop();
});

const nameOf = ({ method, path }: Operation, full: boolean) => `${method} ${path}${full ? ', with everything that may be sent' : ''}`;

describe('a client made from the document', () => {
  test('asks every operation, and each answers with a status that the document names', () => {
    const unexpected = answers.flatMap(({ operation, full, told }) => {
      const wanted = refusals[operation.operationId] ?? 200;
      const fine = told.status === wanted || (!vouched.test(operation.path) && operation.errors.includes(told.status));
      return fine ? [] : [`${nameOf(operation, full)}: ${told.status} ${told.text}`];
    });
    expect(unexpected).toEqual([]);
    expect(answers.length).toBe(2 * described.document.operations.length);
  });

  test('finds each answer to be what the document says, member by member, with nothing more in it', () => {
    const wrong = answers.flatMap(({ operation, full, told }) => {
      if (told.status !== 200) return [];
      const { media, schema } = operation.answer;
      const values = media === 'application/x-ndjson' ? (told.json as unknown[]) : media === 'application/json' ? [told.json] : [told.text];
      return values.flatMap((value) => described.document.faults(schema, value).map((fault) => `${nameOf(operation, full)}: ${fault}`));
    });
    expect(wrong).toEqual([]);
  });

  test('gets each answer in the media type of the document, with the safety headers', () => {
    for (const { operation, full, told } of answers) {
      const media = told.status === 200 ? operation.answer.media : 'application/json';
      const name = nameOf(operation, full);
      expect([name, told.headers.get('content-type')?.split(';')[0]]).toEqual([name, media]);
      expect([name, told.headers.get('x-content-type-options')]).toEqual([name, 'nosniff']);
      expect([name, told.headers.get('x-powered-by')]).toEqual([name, null]);
    }
  });

  test('finds each refusal in the shape of errors', () => {
    const wrong = answers.flatMap(({ operation, full, told }) =>
      told.status === 200 ? [] : described.errorFaults(told).map((fault) => `${nameOf(operation, full)}: ${fault}`),
    );
    expect(wrong).toEqual([]);
  });

  test('gets the events of a whole turn from POST /chat', () => {
    const turns = answers.filter(({ operation }) => operation.operationId === 'postChat');
    expect(
      turns.map(({ told }) => (told.json as { type: string }[]).map(({ type }) => type)).map((types) => [types[0], types.at(-1)]),
    ).toEqual([
      ['user-message', 'turn-sealed'],
      ['user-message', 'turn-sealed'],
    ]);
  });
});
