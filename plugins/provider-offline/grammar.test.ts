import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { understand } from './grammar.js';

describe('requests', () => {
  test.each([
    ['read notes.txt', [{ do: 'read', path: 'notes.txt' }]],
    ['Please read the file "my notes.txt"', [{ do: 'read', path: 'my notes.txt' }]],
    ['read notes.txt slowly', [{ do: 'read', path: 'notes.txt' }]],
    ['slowly, read notes.txt please.', [{ do: 'read', path: 'notes.txt' }]],
    ['list', [{ do: 'list', path: '.' }]],
    ['list the files in src', [{ do: 'list', path: 'src' }]],
    ['LS src/', [{ do: 'list', path: 'src/' }]],
    ['run echo "a; b" slowly', [{ do: 'run', command: 'echo "a; b" slowly' }]],
    ['run `ls -l`', [{ do: 'run', command: 'ls -l' }]],
    ['write a.txt: one\n\ntwo', [{ do: 'write', path: 'a.txt', text: 'one\n\ntwo', overwrite: false }]],
    ['overwrite "a b":x', [{ do: 'write', path: 'a b', text: 'x', overwrite: true }]],
    ['write a:', [{ do: 'write', path: 'a', text: '', overwrite: false }]],
    ['use dice', [{ do: 'use', tool: 'dice', input: {} }]],
    ['use mcp__files__read {"path": "a b"}', [{ do: 'use', tool: 'mcp__files__read', input: { path: 'a b' } }]],
    [
      'todo milk; [x] bread;; [ ] tea',
      [
        {
          do: 'todo',
          items: [
            { content: 'milk', done: false },
            { content: 'bread', done: true },
            { content: 'tea', done: false },
          ],
        },
      ],
    ],
    [
      'read a\n\nlist b',
      [
        { do: 'read', path: 'a' },
        { do: 'list', path: 'b' },
      ],
    ],
  ])('%j is understood', (text, requests) => {
    expect(understand(text)).toMatchObject({ wants: 'requests', requests });
  });

  test.each(['read me a story', 'readme', 'hello', '', 'read a\nand tell me', 'write a poem', 'running late', 'listen'])(
    '%j is talk',
    (text) => expect(understand(text)).toMatchObject({ wants: 'talk', requests: [] }),
  );
});

test('help and failures are understood', () => {
  expect(understand('Help!').wants).toBe('help');
  expect(understand('fail')).toMatchObject({ wants: 'failure', failure: '' });
  expect(understand('fail with 503')).toMatchObject({ wants: 'failure', failure: '503' });
  expect(understand('fail Midway.')).toMatchObject({ wants: 'failure', failure: 'midway' });
  expect(understand('failing tests').wants).toBe('talk');
});

test('manners count wherever they stand', () => {
  expect(understand('answer me slowly')).toMatchObject({ slow: true, reason: false });
  expect(understand('think aloud and read a')).toMatchObject({ reason: true });
  expect(understand('run true')).toMatchObject({ slow: false, reason: false });
});

test('any text is understood in some way', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(['help', 'requests', 'failure', 'talk']).toContain(understand(text).wants);
    }),
  );
});
