import { expect, test } from '@jest/globals';
import type { BroughtFile } from '../../../plugins/trust/contract.js';
import { groupsOf } from './brought-groups.js';

const file = (path: string, state: 'trusted' | 'waiting' | 'refused' = 'trusted'): BroughtFile => {
  const found = { kind: 'plugin', path: `.dispatch/plugins/${path}`, file: `/p/.dispatch/plugins/${path}` };
  return state === 'refused' ? { ...found, state, reason: 'it is a link' } : { ...found, state, hash: path, text: '' };
};
const shown = (...files: BroughtFile[]) =>
  groupsOf('/p', files).map(({ name, content }) => [name, 'inert' in content ? content.inert : content.files.map(({ path }) => path)]);

test('each folder and each file of code is a plugin; one file that is not trusted keeps its own plugin out', () => {
  expect(
    shown(file('a/index.ts'), file('a/b/c.json'), file('dice.mjs'), file('notes.md'), file('z/x.ts'), file('z/y.ts', 'waiting')),
  ).toEqual([
    ['a', ['a/index.ts', 'a/b/c.json']],
    ['dice.mjs', ['dice.mjs']],
    ['z', '/p/.dispatch/plugins/z/y.ts waits to be trusted as it is now: dispatch trust /p'],
  ]);
  expect(shown(file('a/x.ts', 'refused'), file('a/y.ts', 'waiting'))).toEqual([
    ['a', '/p/.dispatch/plugins/a/x.ts (and 1 more) cannot be trusted: it is a link'],
  ]);
});

test('a folder that is a plugin itself is one', () => {
  expect(shown(file('index.mjs'), file('lib/a.mjs'))).toEqual([['', ['index.mjs', 'lib/a.mjs']]]);
  expect(shown(file('package.json'), file('lib/a.mjs', 'waiting'))).toEqual([['', expect.stringContaining('lib/a.mjs waits')]]);
});

test('the print is of the contents and their places', () => {
  const print = (...files: BroughtFile[]) => groupsOf('/p', files).map(({ content }) => ('inert' in content ? '' : content.print));
  expect(print(file('a/x.ts'))).toEqual(print(file('a/x.ts')));
  expect(print(file('a/x.ts'))).not.toEqual(print(file('a/y.ts')));
});
