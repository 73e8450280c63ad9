import { expect, test } from '@jest/globals';
import { type Filter, runFilters, type TurnContext } from './filters.js';

const context: TurnContext = { conversationId: 'c', workspaceId: 'default', cwd: '/', model: 'a/b' };
const adds = (text: string, order?: number): Filter<string> => ({ order, filter: (value) => value + text });

test('lower order runs first, equal ones in the order they came', async () => {
  const filters = [adds('c', 5), adds('a', -1), adds('b1'), adds('b2', 0)];
  expect(await runFilters(filters, '', context, () => undefined)).toBe('ab1b2c');
  expect(filters.map(({ order }) => order)).toEqual([5, -1, undefined, 0]);
});

test('each gets the value so far and the turn', async () => {
  const seen: unknown[] = [];
  const slow: Filter<string> = {
    filter: async (value, turn) => {
      seen.push(value, turn);
      return 'next';
    },
  };
  expect(await runFilters([adds('x'), slow], 'start ', context, () => undefined)).toBe('next');
  expect(seen).toEqual(['start x', context]);
});

test('one that throws or rejects is reported and skipped', async () => {
  const throws: Filter<string> = {
    filter: () => {
      throw new Error('sync');
    },
  };
  const rejects: Filter<string> = { filter: async () => Promise.reject(new Error('async')) };
  const reports: unknown[] = [];
  const value = await runFilters([adds('a'), throws, rejects, adds('b')], '', context, (thrown, filter) =>
    reports.push([(thrown as Error).message, filter]),
  );
  expect(value).toBe('ab');
  expect(reports).toEqual([
    ['sync', throws],
    ['async', rejects],
  ]);
});

test('a critical one that fails ends the chain with its own words', async () => {
  const critical: Filter<string> = {
    critical: true,
    filter: () => {
      throw new Error('it guards this');
    },
  };
  const reports: unknown[] = [];
  await expect(runFilters([adds('a'), critical], '', context, (thrown) => reports.push(thrown))).rejects.toThrow('it guards this');
  expect(reports).toEqual([]);
});

test('no filter leaves the value as it is', async () => {
  const value = ['a'];
  expect(await runFilters([], value, context, () => undefined)).toBe(value);
});
