import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { AfterEdit, FileEdit } from './contract.js';
import { workingFolder } from './working-directory.fixture.js';

const folder = workingFolder('after-edit');
afterAll(() => folder.remove());

const change = async (name: string, watchers: AfterEdit[], signal = new AbortController().signal) =>
  (await folder.files([], watchers).change(name, 'nothing', folder.context({ signal }), () => 'text')).notes;

test('those who look at changed files add to the answer, in their order; silent and failing ones do not', async () => {
  const seen: FileEdit[] = [];
  const notes = await change('a', [
    { afterEdit: async () => 'first\n' },
    { afterEdit: () => undefined },
    {
      afterEdit: () => {
        throw new Error('broken');
      },
    },
    {
      afterEdit: (edit) => {
        seen.push(edit);
        return 'x'.repeat(10_000);
      },
    },
  ]);
  expect(notes).toBe(`\nfirst\n${'x'.repeat(8_000)}…`);
  expect(seen).toEqual([
    { conversationId: 'c', cwd: folder.base, path: join(folder.base, 'a'), content: 'text', signal: expect.any(AbortSignal) },
  ]);
  expect(folder.logger.records).toContain('warn a plugin failed to look at a changed file: broken');
});

test('one that takes more than ten seconds is not waited for, and told so', async () => {
  let gaveUp = false;
  const slow: AfterEdit = {
    afterEdit: ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          gaveUp = true;
          resolve('too late');
        });
      }),
  };
  const done = change('b', [slow, { afterEdit: () => 'quick' }]);
  while (folder.clock.sleeping() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await folder.clock.advance(10_000);
  expect([await done, gaveUp]).toEqual(['\nquick', true]);
});

test('a stopped turn ends the wait', async () => {
  const stop = new AbortController();
  const watcher: AfterEdit = {
    afterEdit: () => {
      stop.abort();
      return new Promise(() => undefined);
    },
  };
  expect(await change('c', [watcher], stop.signal)).toBe('');
});
