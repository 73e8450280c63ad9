import { describe, expect, test } from '@jest/globals';
import { valuePatches } from './hide-environment.js';
import { marksIn, newMark, ownerOf, withOuterMarks } from './marker.js';
import { ancestry, parseStat, withDescendants } from './processes.js';

const owner = { dataDir: '/data', pid: 42, startedAt: '777' };

describe('marks', () => {
  test('differ each time and name their server, for their own data directory only', () => {
    const mark = newMark(owner);
    expect(newMark(owner)).not.toBe(mark);
    expect(ownerOf(mark, '/data')).toEqual({ pid: 42, startedAt: '777' });
    expect(ownerOf(mark, '/other')).toBeUndefined();
    expect(ownerOf('rubbish', '/data')).toBeUndefined();
  });

  test('are found in an environment, outer ones too, and nowhere else', () => {
    const mark = newMark(owner);
    expect(marksIn(`A=1\0DISPATCH_TOOL_CALL=${withOuterMarks(mark, 'outer')}\0B=2\0`)).toEqual(['outer', mark]);
    expect(marksIn(`DISPATCH_TOOL_CALL=${mark}`)).toEqual([mark]);
    expect(marksIn(`X_DISPATCH_TOOL_CALL=${mark}\0A=DISPATCH_TOOL_CALL=${mark}\0`)).toEqual([]);
    expect(marksIn('')).toEqual([]);
  });
});

describe('processes', () => {
  const rest = '0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 777 0';
  test('are read from lines whose names hold anything', () => {
    expect(parseStat(`12 (a) b (c) S 3 4 4 ${rest}`)).toEqual({ pid: 12, parent: 3, group: 4, startedAt: '777' });
    expect(parseStat(`12 (a) Z 3 4 4 ${rest}`)).toBeUndefined();
  });

  test('are followed down and up', () => {
    const all = [
      [2, 1],
      [3, 2],
      [4, 3],
      [5, 1],
    ].map(([pid = 0, parent = 0]) => ({ pid, parent, group: 0, startedAt: '' }));
    expect([...withDescendants(all, new Set([2]))]).toEqual([2, 3, 4]);
    expect([...ancestry(all, 4)]).toEqual([4, 3, 2, 1]);
  });
});

test('values are found in an environment by exact name', () => {
  const environ = Buffer.from('KEY=abc\0KEYS=x\0EMPTY=\0odd\0KEY=d=e\0');
  expect(valuePatches(environ, ['KEY', 'EMPTY'])).toEqual([
    { offset: 4, length: 3 },
    { offset: 21, length: 0 },
    { offset: 30, length: 3 },
  ]);
});
