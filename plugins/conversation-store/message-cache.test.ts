import { expect, test } from '@jest/globals';
import type { Chunk, Role } from 'dispatch/wire';
import fc from 'fast-check';
import { MessageCache, type StoredRow } from './message-cache.js';
import { repairMessages } from './repair.js';

const id = fc.constantFrom('a', 'b');
const piece: fc.Arbitrary<[Role, Chunk]> = fc.oneof(
  fc.constant<[Role, Chunk]>(['user', { type: 'text', text: 'u' }]),
  fc.constant<[Role, Chunk]>(['system', { type: 'error', message: 'e' }]),
  id.map((toolCallId): [Role, Chunk] => ['assistant', { type: 'tool-call', toolCallId, toolName: 't', input: {} }]),
  id.map((toolCallId): [Role, Chunk] => ['tool', { type: 'tool-result', toolCallId, toolName: 't', content: 'r', isError: false }]),
);
const row = ([role, chunk]: [Role, Chunk], i: number): StoredRow => ({ seq: i + 1, role, chunk, message: i + 1, size: 10 });

test('what grows row by row is the same as the whole log repaired at once, with stable objects', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
      const cache = new MessageCache();
      const rows = pieces.map(row);
      await cache.messages('c', async () => []);
      let before: readonly unknown[] = [];
      for (const [i, each] of rows.entries()) {
        cache.append('c', [each]);
        const log = rows.slice(0, i + 1).map(({ role, chunk }) => ({ role, chunks: [chunk] }));
        const now = await cache.messages('c', () => Promise.reject(new Error('it is here')));
        expect(now).toEqual(repairMessages(log));
        const same = before.filter((message) => now.some((other) => other === message)).length;
        // Only an answer made up for a call may give way, to the real one.
        expect(before.length - same).toBeLessThanOrEqual(1);
        before = now;
      }
    }),
  );
});

test('a log that grows while it is read is read again', async () => {
  const cache = new MessageCache();
  const first = row(['user', { type: 'text', text: 'one' }], 0);
  const second = row(['user', { type: 'text', text: 'two' }], 1);
  let reads = 0;
  const messages = await cache.messages('c', async () => {
    if (reads++ > 0) return [first, second];
    cache.append('c', [second]);
    return [first];
  });
  expect([reads, messages.length]).toEqual([2, 2]);
});

test('what is older gives way when there is too much', async () => {
  const cache = new MessageCache(500);
  const load = async () => [row(['user', { type: 'text', text: 'x' }], 0)];
  for (const name of ['a', 'b', 'c']) await cache.messages(name, load);
  let reads = 0;
  const count = () => {
    reads++;
    return load();
  };
  await cache.messages('c', count);
  expect(reads).toBe(0);
  await cache.messages('a', count);
  expect(reads).toBe(1);
});

test('only so many conversations are kept, however short: the one used longest ago goes first', async () => {
  const cache = new MessageCache(undefined, 2);
  const loaded: string[] = [];
  const use = (id: string) =>
    cache.messages(id, async () => {
      loaded.push(id);
      return [row(['user', { type: 'text', text: id }], 0)];
    });
  for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) await use(id);
  expect(loaded).toEqual(['a', 'b', 'c', 'b']);
});
