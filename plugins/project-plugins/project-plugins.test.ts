import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { broughtFiles } from './brought-files.js';
import { isWithin } from './contract.js';
import { summaryOf } from './plugin-subject.js';

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-brings-')));
afterAll(() => rmSync(directory, { recursive: true }));

test('what a directory brings are the files that plugins are made of; links are named, packages and hidden files are not', () => {
  expect(broughtFiles(directory)).toEqual([]);
  for (const path of ['b.mjs', 'a/index.ts', 'a/prompts/one.md', 'a/logo.png', 'a/.env', 'a/node_modules/x/index.js', '_old/index.js']) {
    mkdirSync(dirname(join(directory, '.dispatch/plugins', path)), { recursive: true });
    writeFileSync(join(directory, '.dispatch/plugins', path), '');
  }
  symlinkSync('/etc', join(directory, '.dispatch/plugins/link'));
  expect(broughtFiles(directory)).toEqual(['a/index.ts', 'a/prompts/one.md', 'b.mjs', 'link'].map((path) => `.dispatch/plugins/${path}`));
});

test.each([
  ["import fs from 'node:fs';\nimport './own.js';\nexport default 1;", /3 lines, .* imports: node:fs$/],
  ['export default 1;', /may do whatever its user may: 1 lines, 17 characters; imports: nothing/],
  [
    '{"dispatch":{"id":"x","inject":["dispatch.logger"],"capabilities":["network"]}}',
    /^declares the plugin x; it says that it may touch: network; it asks for: dispatch\.logger$/,
  ],
  ['{"name":"y"}', /part of a plugin/],
])('%j is told in words', (text, words) => {
  expect(summaryOf(text)).toEqual([expect.stringMatching(words)]);
});

test.each([
  ['/p', '/p', true],
  ['/p', '/p/q', true],
  ['/p', '/p/..q', true],
  ['/p', '/pq', false],
  ['/p/q', '/p', false],
  ['/', '/p', true],
])('whether %s has %s in it: %s', (outer, inner, is) => {
  expect(isWithin(outer, inner)).toBe(is);
});
