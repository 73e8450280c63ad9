import { expect, test } from '@jest/globals';
import { commands } from './commands/index.js';
import { run } from './scripted-server.fixture.js';
import { bare, valued, wordsOf } from './wrong-usage.js';

test('the flags that advice is given for are those the commands take', async () => {
  const lines = commands.flatMap(({ name, verbs }) => (verbs ? verbs.map((verb) => [name, verb]) : [[name]]));
  const found = new Map<string, string>();
  for (const line of lines) {
    const { code, out } = await run([...line, '--help']);
    expect(code).toBe(0);
    for (const [, flag = '', rest = ''] of out.matchAll(/^ {2}--([a-z-]+)([^\n]*(?:\n {20,}[^\n]*)*)/gm)) found.set(flag, rest);
  }
  const isBare = (flag: string) => /\[boolean\]/.test(found.get(flag) ?? '');
  expect([...found.keys()].filter(isBare).sort()).toEqual([...bare].sort());
  expect([...found.keys()].filter((flag) => !isBare(flag)).sort()).toEqual([...valued].sort());
});

test('every verb is a command of its own, and the words of a group are known', () => {
  expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length);
});

test('words are what is left without flags and their values', () => {
  expect(wordsOf(['--server', 'x', 'read', '--json', '--limit=3', 'ab', '-', '--', '-odd'])).toEqual(['read', 'ab', '-', '-odd']);
});
