import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BackOff } from '../child-processes/contract.js';
import { told } from './after-edit.js';
import { configured } from './configured.js';
import { merged } from './current-problems.js';
import { entriesIn } from './definition.js';
import { FrameGate } from './frame-gate.js';
import { isFor, languageId } from './language-ids.js';
import { together } from './lsp-tool.js';
import { linesOf, toCharacter, toUnits } from './positions.js';
import { rootOf } from './root-of.js';
import { sectionOf } from './server-requests.js';
import { hoverText, placesIn, problemsIn, symbolsIn } from './shapes.js';
import { clean, fitted, shownPath } from './show.js';
import { fromCompiler } from './typescript-problems.js';

const encodings = ['utf-16', 'utf-8', 'utf-32'] as const;
const line = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n]/g, ''));

describe('positions', () => {
  test('a character told to a server and back is the same, in every encoding', () => {
    fc.assert(
      fc.property(line, fc.nat(50), fc.constantFrom(...encodings), (text, n, encoding) => {
        const character = Math.min(n, [...text].length) + 1;
        expect(toCharacter(text, toUnits(text, character, encoding), encoding)).toBe(character);
      }),
    );
  });

  test('units are those of the encoding, never within a character and never past the end', () => {
    fc.assert(
      fc.property(line, fc.nat(60), (text, n) => {
        const before = [...text].slice(0, n).join('');
        expect(encodings.map((encoding) => toUnits(text, n + 1, encoding))).toEqual([
          before.length,
          Buffer.byteLength(before),
          [...before].length,
        ]);
      }),
    );
    expect([0, 1, 2, 3, 9].map((units) => toCharacter('a😀b', units, 'utf-16'))).toEqual([1, 2, 2, 3, 4]);
    expect(linesOf('a\r\nb\rc\nd')).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('the gate before the library', () => {
  const frame = (text: string) => `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  const through = async (pieces: Buffer[], limit = 1_000): Promise<{ bytes: Buffer; messages: number } | string> => {
    const gate = new FrameGate(limit);
    const bytes: Buffer[] = [];
    try {
      for await (const piece of Readable.from(pieces, { objectMode: false })
        .pipe(gate)
        .on('error', () => undefined))
        bytes.push(piece);
      return { bytes: Buffer.concat(bytes), messages: gate.messages };
    } catch (thrown) {
      return (thrown as Error).message;
    }
  };

  test('passes messages as they are, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 40 }), { maxLength: 6 }),
        fc.array(fc.nat(200), { maxLength: 8 }),
        async (texts, cuts) => {
          const all = Buffer.from(texts.map(frame).join(''));
          const at = [0, ...cuts.filter((cut) => cut < all.length), all.length].sort((a, b) => a - b);
          const pieces = at
            .slice(1)
            .map((end, i) => all.subarray(at[i], end))
            .filter((piece) => piece.length > 0);
          expect(await through(pieces)).toEqual({ bytes: all, messages: texts.length });
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([
    ['Content-Length: 1001\r\n\r\n', /1001 bytes; the most that is taken is 1000/],
    ['Content-Length: -5\r\n\r\n', /no message/],
    ['Content-Length: 99999999999999999999\r\n\r\n', /no message/],
    ['hello there\r\nContent-Length: 5\r\n\r\n', /no message of the protocol: "hello there/],
    ['X: y\r\n\r\n', /no message/],
    ['z'.repeat(5_000), /no message/],
    [frame('x'.repeat(900)).repeat(30), /bytes that nobody asked for/],
  ])('%#: lets nothing else through', async (text, why) => {
    expect(await through([Buffer.from(text)])).toMatch(why);
  });
});

describe('what servers answer', () => {
  test('anything at all makes no reader throw, and what comes out is bounded', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        for (const read of [problemsIn, placesIn, symbolsIn]) expect(read(value).length).toBeLessThanOrEqual(5_000);
        for (const read of [problemsIn, placesIn, symbolsIn]) expect(Array.isArray(read([value, { range: value, uri: value }]))).toBe(true);
        expect(typeof hoverText({ contents: value })).toBe('string');
      }),
    );
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };
    const [problem] = problemsIn([{ range, message: 'm'.repeat(9_000), severity: 9, code: {} }]);
    expect(problem).toEqual({ range, severity: 1, message: 'm'.repeat(2_000) });
    expect(problemsIn(Array.from({ length: 5_000 }, () => ({ range, message: '' })))).toHaveLength(1_000);
    expect(placesIn({ targetUri: 'file:///a%20b', targetSelectionRange: range })).toEqual([{ path: '/a b', range }]);
    expect(merged([{ range, severity: 1, message: 'a', source: 'x' }], [{ range, severity: 1, message: 'a' }])).toHaveLength(1);
  });

  test("the compiler's diagnostics count from 1", () => {
    const at = (offset: number) => ({ line: 3, offset });
    expect(fromCompiler({ body: [{ start: at(5), end: at(7), text: 'no', code: 12, category: 'warning' }, null, { start: 5 }] })).toEqual([
      {
        range: { start: { line: 2, character: 4 }, end: { line: 2, character: 6 } },
        severity: 2,
        code: '12',
        source: 'typescript',
        message: 'no',
      },
    ]);
    expect(() => fromCompiler(undefined)).toThrow('no diagnostics');
  });

  test('texts are cleaned and cut, paths shown below the directory', () => {
    expect(clean('a\u001b[31mb\u0000\r\nc\u202ed')).toBe('ab\ncd');
    expect(fitted(['aa', 'bb', 'cc'], { most: 2, budget: 100 })).toBe('aa\nbb\n… and 1 more');
    expect(fitted(['x'.repeat(50), 'b'], { most: 9, budget: 10 })).toBe(`${'x'.repeat(10)}\n… and 1 more`);
    expect([shownPath('/w/a/b', '/w'), shownPath('/w-x/b', '/w'), shownPath('/w', '/w'), shownPath('odd:x', '/w')]).toEqual([
      'a/b',
      '/w-x/b',
      '/w',
      'odd:x',
    ]);
    expect(sectionOf({ a: { b: 1 } }, 'a.b')).toBe(1);
    expect(['constructor', 'a.b.c', 5, ''].map((name) => sectionOf({ a: { b: 1 } }, name))).toEqual([
      null,
      null,
      { a: { b: 1 } },
      { a: { b: 1 } },
    ]);
  });

  test('answers of several servers are told apart, failures beside answers are notes', () => {
    const question = { operation: 'hover', budget: 100 } as const;
    expect(
      together(
        [
          { id: 'a', text: 'x' },
          { id: 'b', text: 'y' },
          { id: 'c', failed: 'no' },
        ],
        [],
        question,
      ),
    ).toBe('a:\nx\n\nb:\ny\n[no]');
    expect(
      together(
        [
          { id: 'a', text: 'x' },
          { id: 'b', text: 'x' },
        ],
        ['p'],
        question,
      ),
    ).toBe('x\n[p]');
    expect(together([{ id: 'a' }], [], question)).toBe('nothing is known about what stands there');
    expect(together([{ id: 'a', failed: 'no' }, { id: 'b' }], [], question)).toEqual({ content: 'no', isError: true });
    expect(told({ shown: 'a' }, '/w', [{ lines: [], others: new Map() }])).toBeUndefined();
  });
});

describe('configuration', () => {
  test('files are JSON with comments; other members are let be', () => {
    const entry = { id: 'x', disabled: false, definition: { command: ['x'], extensions: ['.x'] } };
    expect(
      entriesIn('\uFEFF{ "servers": { "x": { "command": ["x"], "extensions": [".X"], "what": 1 }, } } // yes', '.dispatch/lsp.json'),
    ).toEqual([entry]);
    expect(entriesIn('{ "lsp": { "x": { "command": ["x"], "extensions": [".x"] } } }', 'opencode.json')).toEqual([entry]);
    expect(entriesIn('{ "lsp": false }', 'opencode.json')).toEqual([]);
    expect(() => entriesIn('{ "servers": [] }', '.dispatch/lsp.json')).toThrow('it must hold');
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          entriesIn(text, '.dispatch/lsp.json');
        } catch (thrown) {
          expect((thrown as Error).message).toContain('it must hold');
        }
      }),
    );
  });

  test('an entry with the name of a built-in one says only what is different; names of prototypes are names', () => {
    const { servers } = configured(
      [],
      {
        typescript: { command: ['my-ts'] },
        python: { disabled: true },
        __proto__: {},
        constructor: { command: ['c'], extensions: ['.c'] },
      },
      '/w',
    );
    expect(servers.find(({ id }) => id === 'typescript')).toMatchObject({
      name: 'TypeScript',
      commands: [['my-ts']],
      extensions: expect.arrayContaining(['.tsx']),
    });
    expect(servers.map(({ id }) => id)).toEqual(['typescript', 'constructor', 'go', 'rust', 'clangd', 'json', 'yaml', 'bash']);
  });

  test('the root is the nearest folder with the marker that counts most, never above the working directory', () => {
    const there = new Set(['/w/package-lock.json', '/w/a/b/tsconfig.json', '/w/a/tsconfig.json', '/only-above']);
    const root = (markers: string[]) => rootOf('/w/a/b/c/x.ts', '/w', markers, (path) => there.has(String(path)));
    expect(root(['package-lock.json', 'tsconfig.json'])).toBe('/w');
    expect(root(['tsconfig.json'])).toBe('/w/a/b');
    expect([root(['only-above']), root([])]).toEqual(['/w', '/w']);
    expect(rootOf('/x.ts', '/', ['none'], () => false)).toBe('/');
    expect(rootOf(join('/w', 'x'), '/w', ['m'], () => true)).toBe('/w');
  });

  test('languages and files go by the name', () => {
    expect(['a.TS', 'b.tsx', 'c.sh', 'Makefile', 'd.zig'].map(languageId)).toEqual([
      'typescript',
      'typescriptreact',
      'shellscript',
      'makefile',
      'zig',
    ]);
    expect([isFor('/x/a.D.TS', ['.ts']), isFor('/x/Makefile', ['makefile']), isFor('/x/ats', ['.ts']), isFor('/x/a.ts', ['ts'])]).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });

  test('a server that fails is started again later each time, a minute at most', () => {
    const backOff = new BackOff();
    const waits = Array.from({ length: 8 }, () => {
      backOff.failed(0);
      return backOff.left(0);
    });
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    backOff.worked();
    expect(backOff.left(0)).toBe(0);
  });
});
