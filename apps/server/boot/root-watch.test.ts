import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { RootWatch, type WatchOptions } from './root-watch.js';

const base = mkdtempSync(join(tmpdir(), 'root-watch-'));
let at = 0;
let watch: RootWatch | undefined;
afterEach(() => {
  watch?.end();
  rmSync(base, { recursive: true, force: true });
});

/** A root, and what was told of it. */
function setUp(root = join(base, `${at++}`), more: Partial<WatchOptions> = {}) {
  const told: string[] = [];
  const waiting = new Set<() => void>();
  const options: WatchOptions = {
    settleMs: 20,
    changed: (place) => {
      told.push(place);
      for (const look of waiting) look();
    },
    blind: (thrown) => told.push(`blind: ${(thrown as Error).message}`),
    ...more,
  };
  /** Resolves once a place, or any, was told since then. */
  const tells = (place?: string, from = told.length) =>
    new Promise<void>((resolve) => {
      const look = () => (place === undefined ? told.length > from : told.indexOf(place, from) >= 0) && resolve();
      waiting.add(look);
      look();
    });
  const write = (path: string, text = 'x') => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const begin = () => {
    watch = new RootWatch(root, options);
  };
  return { root, told, tells, write, begin, remove: () => rmSync(root, { recursive: true }) };
}

test('a change deep in a place is told of that place, also in a folder that came later', async () => {
  const { root, tells, write, begin } = setUp();
  write('dice/index.mjs');
  begin();
  let told = tells(join(root, 'dice'));
  write('dice/index.mjs', 'y');
  await told;
  told = tells(join(root, 'dice'));
  write('dice/deep/er/words.mjs');
  await told;
  told = tells(join(root, 'dice'));
  write('dice/deep/er/words.mjs', 'y');
  await told;
});

test('a root is found when it comes later, with the folders above it, and again after it was deleted', async () => {
  const { root, tells, write, begin, remove } = setUp(join(base, `${at++}`, 'share/plugins'));
  mkdirSync(base, { recursive: true });
  begin();
  for (let n = 0; n < 3; n++) {
    const came = tells();
    write('dice/index.mjs');
    await came;
    const changed = tells();
    write('dice/index.mjs', 'y');
    await changed;
    const went = tells();
    remove();
    await went;
  }
});

test('a root that is one file is told when it is saved in place or over, and not for what lies beside it', async () => {
  const { root, told, tells, begin } = setUp(join(base, `${at++}`, 'dice.mjs'));
  mkdirSync(dirname(root), { recursive: true });
  writeFileSync(root, 'x');
  begin();
  writeFileSync(`${root}.new`, 'beside');
  const saved = tells(root);
  writeFileSync(root, 'y');
  await saved;
  const count = told.length;
  const over = tells(root);
  renameSync(`${root}.new`, root);
  await over;
  expect(told.slice(count)).toEqual([root]);
});

test('what is none of a plugin is passed over: dot files, underscores, installed packages', async () => {
  const { root, told, tells, write, begin } = setUp();
  write('dice/index.mjs');
  begin();
  for (const path of ['.git/x', '_draft/index.mjs', 'dice/.index.mjs.swp', 'dice/node_modules/a/index.js']) write(path);
  const seen = tells(join(root, 'other.mjs'));
  write('other.mjs');
  await seen;
  expect(new Set(told)).toEqual(new Set([join(root, 'other.mjs')]));
});

test('where no more folders can be watched it says so once, and looks at times', async () => {
  const refuse = () => {
    throw Object.assign(new Error('ENOSPC: System limit for number of file watchers reached'), { code: 'ENOSPC' });
  };
  const { root, told, tells, write, begin } = setUp(undefined, { watch: refuse as never });
  write('dice/index.mjs');
  begin();
  await tells(root);
  await tells(root);
  expect(watch?.looks).toBe(true);
  expect(told.filter((each) => each.startsWith('blind'))).toEqual(['blind: ENOSPC: System limit for number of file watchers reached']);
});

test('a folder that is gone again in the same moment is no reason to look', () => {
  const refuse = () => {
    throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
  };
  const { write, told, begin } = setUp(undefined, { watch: refuse as never });
  write('dice/index.mjs');
  begin();
  expect([watch?.looks, told]).toEqual([false, []]);
});
