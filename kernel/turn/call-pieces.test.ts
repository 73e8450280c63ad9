import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Call, CallPieces } from './call-pieces.js';

/** Feeds pieces; each item is what came out after that piece, the last one what was left at the end. */
function feed(...parts: { index: number; id?: string; name?: string; input?: string }[]): Call[][] {
  let made = 0;
  const pieces = new CallPieces((asked) => asked ?? `made-${++made}`);
  return [...parts.map((part) => pieces.take({ type: 'call', ...part })), pieces.rest()];
}
const last = (input: string) => feed({ index: 0, id: 'a', name: 'dice', input }).at(-1)?.[0];

describe('pieces', () => {
  test('make one call, complete at the end', () => {
    const call = { id: 'a', name: 'dice', input: { sides: 6 } };
    expect(feed({ index: 0, id: 'a', name: 'dice', input: '{"si' }, { index: 0, input: 'des":' }, { index: 0, input: '6}' })).toEqual([
      [],
      [],
      [],
      [call],
    ]);
  });

  test('complete a call as soon as the next begins', () => {
    const out = feed({ index: 0, id: 'a', name: 'x', input: '{}' }, { index: 1, id: 'b', name: 'y', input: '{}' });
    expect(out.map((calls) => calls.map(({ id }) => id))).toEqual([[], ['a'], ['b']]);
  });

  test('V07: of interleaved calls find their own', () => {
    const out = feed(
      { index: 0, id: 'a', name: 'x' },
      { index: 1, id: 'b', name: 'y' },
      { index: 0, input: '{"n":' },
      { index: 1, input: '{"n":2' },
      { index: 0, input: '1}' },
      { index: 1, input: '}' },
    );
    expect(out.flat().map(({ id, name, input }) => [id, name, input])).toEqual([
      ['a', 'x', { n: 1 }],
      ['b', 'y', { n: 2 }],
    ]);
  });

  test('that come after their call was complete are left out', () => {
    const out = feed({ index: 0, id: 'a', name: 'x', input: '{}' }, { index: 1, id: 'b', name: 'y', input: '{}' }, { index: 0, input: '' });
    expect(out.flat().map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('with indexes in any order come out in order', () => {
    const out = feed({ index: 5, id: 'b', name: 'y' }, { index: 2, id: 'a', name: 'x' });
    expect(out).toEqual([[], [], [expect.objectContaining({ id: 'a' }), expect.objectContaining({ id: 'b' })]]);
  });

  test('may repeat the name, or cut it', () => {
    expect(feed({ index: 0, name: 'dice' }, { index: 0, name: 'dice', input: '{}' }).flat()[0]?.name).toBe('dice');
    expect(feed({ index: 0, name: 'read_' }, { index: 0, name: 'file' }).flat()[0]?.name).toBe('read_file');
  });

  test('V07: without an id get one, and the first id counts', () => {
    expect(feed({ index: 0, name: 'x' }).flat()[0]?.id).toBe('made-1');
    expect(feed({ index: 0, name: 'x', id: 'a' }, { index: 0, id: 'b' }).flat()[0]?.id).toBe('a');
  });

  test('a name that no provider would take back is made one it would', () => {
    const name = (text?: string) => feed({ index: 0, name: text }).flat()[0]?.name;
    expect([name('functions.read file'), name(''), name(undefined), name('constructor'), name('x'.repeat(500))?.length]).toEqual([
      'functions_read_file',
      'unnamed',
      'unnamed',
      'constructor',
      64,
    ]);
  });
});

describe('arguments', () => {
  test('V07: that are empty mean {}', () => {
    for (const text of ['', ' ', '\n']) expect(last(text)).toEqual({ id: 'a', name: 'dice', input: {} });
  });

  test('V07: that do not parse are kept readable, with what would be right', () => {
    expect(last('{"path": "a.t')).toEqual({
      id: 'a',
      name: 'dice',
      input: { unparsable: '{"path": "a.t' },
      problem: expect.stringMatching(/^the arguments are not valid JSON \(.*\); send one JSON object$/),
    });
  });

  test('that are no object are refused', () => {
    for (const text of ['[1,2]', '7', 'null', '"text"'])
      expect(last(text)).toEqual({ id: 'a', name: 'dice', input: { unparsable: text }, problem: 'the arguments must be a JSON object' });
  });

  test('that are nested beyond reason are refused before anyone tries to write them down', () => {
    const deep = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect(last(deep(50))?.problem).toBeUndefined();
    expect(last(deep(200_000))?.problem).toBe('the arguments are nested more than 100 levels deep');
  });

  test('V07: of megabytes in a thousand pieces are put together', () => {
    const text = 'x'.repeat(5_000);
    const parts = ['{"content":"', ...Array.from({ length: 1_000 }, () => text), '"}'].map((input) => ({ index: 0, name: 'w', input }));
    expect(String(feed(...parts).at(-1)?.[0]?.input.content)).toHaveLength(5_000_000);
  });

  test('may hold a key named like a member of every object', () => {
    expect(Object.keys(last('{"__proto__":1,"constructor":2}')?.input ?? {})).toEqual(['__proto__', 'constructor']);
  });
});

test('a stream may be believed without its finish only when it has calls and all are whole', () => {
  const whole = (...parts: { name?: string; input?: string }[]) => {
    const pieces = new CallPieces(String);
    parts.forEach((part, index) => void pieces.take({ type: 'call', index, ...part }));
    return pieces.whole;
  };
  expect(whole()).toBe(false);
  expect(whole({ name: 'x', input: '{"a":1}' })).toBe(true);
  expect(whole({ name: 'x', input: '{"a":' })).toBe(false);
  expect(whole({ input: '{}' })).toBe(false);
});

test('however calls are cut and mixed, each comes out whole, once, in order', () => {
  const call = fc.record({
    id: fc.uuid(),
    name: fc.stringMatching(/^[a-z]{1,8}$/),
    input: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
  });
  const cut = fc.tuple(call, fc.array(fc.nat(60), { maxLength: 5 })).map(([each, cuts]) => {
    const text = JSON.stringify(each.input);
    const at = [0, ...cuts.filter((n) => n < text.length).sort((a, b) => a - b), text.length];
    return { call: each, pieces: at.slice(1).map((end, i) => text.slice(at[i], end)) };
  });
  fc.assert(
    fc.property(fc.uniqueArray(cut, { minLength: 1, maxLength: 4, selector: (each) => each.call.id }), fc.boolean(), (calls, mixed) => {
      const parts = calls.flatMap(({ call: { id, name }, pieces }, index) =>
        pieces.map((input, n) => ({ n, part: { index, input, ...(n === 0 && { id, name }) } })),
      );
      if (mixed) parts.sort((a, b) => a.n - b.n);
      expect(feed(...parts.map(({ part }) => part)).flat()).toEqual(
        calls.map((each) => ({ ...each.call, input: JSON.parse(JSON.stringify(each.call.input)) })),
      );
    }),
  );
});
