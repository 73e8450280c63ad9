import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ConversationPageQuery } from './contract.js';
import { begun, cleanUp, storeIn } from './store.fixture.js';

afterEach(cleanUp);

async function listed(ids: readonly string[]) {
  const { store, database } = await storeIn();
  let at = 0;
  /** Two conversations share each moment. */
  const talk = async (conversationId: string, workspaceId?: string) =>
    begun(store, { conversationId, turnId: `t${at}`, text: 'hi', workspaceId, at: Math.floor(at++ / 2) });
  for (const id of ids) await talk(id);
  const pages = async (query: ConversationPageQuery, between = async () => {}) => {
    const seen: string[][] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await store.page({ ...query, cursor });
      seen.push(page.conversations.map(({ id }) => id));
      if (!page.cursor) return seen;
      cursor = page.cursor;
      await between();
    }
  };
  return { store, database, talk, pages };
}

test('pages follow each other without a gap, however many were active at the same moment', async () => {
  const { pages } = await listed(['a', 'b', 'c', 'd', 'e']);
  expect(await pages({ limit: 2 })).toEqual([['e', 'd'], ['c', 'b'], ['a']]);
  expect(await pages({ limit: 5 })).toEqual([['e', 'd', 'c', 'b', 'a']]);
  expect(await pages({ limit: 1_000_000_000 })).toEqual([['e', 'd', 'c', 'b', 'a']]);
  expect(await pages({})).toEqual([['e', 'd', 'c', 'b', 'a']]);
});

test('pages are stable under inserts: what is new or becomes active stands before the first (H26)', async () => {
  const { pages, talk } = await listed(['a', 'b', 'c', 'd', 'e', 'f']);
  let serial = 0;
  const seen = await pages({ limit: 2 }, async () => {
    await talk(`new-${++serial}`);
    await talk('f');
  });
  expect(seen).toEqual([
    ['f', 'e'],
    ['d', 'c'],
    ['b', 'a'],
  ]);
});

test('pages of one workspace, of some statuses and of a beginning of the id', async () => {
  const { store, pages, talk } = await listed(['x1', 'y1', 'x2']);
  await talk('x3', 'other');
  await store.setStatus('x1', 'closed');
  expect(await pages({ limit: 1, workspaceId: 'default' })).toEqual([['x2'], ['y1'], ['x1']]);
  expect(await pages({ limit: 1, idPrefix: 'x' })).toEqual([['x3'], ['x2'], ['x1']]);
  expect(await pages({ limit: 1, idPrefix: 'x', statuses: ['active'], workspaceId: 'default' })).toEqual([['x2']]);
});

test('a beginning of an id finds the ids that begin like it, whatever the letters', async () => {
  const letters = fc.string({
    unit: fc.constantFrom('a', 'b', '_', '%', '\ud7ff', '\ue000', '😀', '\u{10ffff}'),
    minLength: 1,
    maxLength: 4,
  });
  const ids = fc.sample(letters, { numRuns: 60, seed: 1 });
  const { store } = await listed([...new Set(ids)]);
  await fc.assert(
    fc.asyncProperty(letters, async (idPrefix) => {
      const found = (await store.list({ idPrefix })).map(({ id }) => id).sort();
      expect(found).toEqual([...new Set(ids)].filter((id) => id.startsWith(idPrefix)).sort());
    }),
  );
});
