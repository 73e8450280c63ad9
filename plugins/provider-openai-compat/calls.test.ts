import { describe, expect, test } from '@jest/globals';
import type { StepPart } from 'dispatch/kernel';
import fc from 'fast-check';
import { ChunkReader } from './chunk-reader.js';

const read = (deltas: object[], finish = 'tool_calls'): StepPart[] => {
  const reader = new ChunkReader();
  const parts: StepPart[] = [];
  for (const delta of deltas) reader.read({ choices: [{ delta }] }, parts);
  reader.read({ choices: [{ delta: {}, finish_reason: finish }] }, parts);
  reader.end(parts);
  return parts;
};

/** Calls put together the way the contract lets a reader do it: by index, each complete before the next begins. */
const calls = (parts: StepPart[]) => {
  const whole: { index: number; id?: string; name?: string; input: string }[] = [];
  for (const part of parts) {
    if (part.type !== 'call') continue;
    const last = whole.at(-1);
    const call = last?.index === part.index ? last : { index: part.index, input: '' };
    if (call !== last) whole.push(call);
    Object.assign(call, { id: call.id ?? part.id, name: call.name ?? part.name, input: call.input + (part.input ?? '') });
  }
  return whole;
};

const piece = (fields: object, name?: string, args?: string) => ({
  tool_calls: [{ ...fields, function: { name, arguments: args } }],
});

describe('tool calls', () => {
  test('V07: come in a thousand pieces', () => {
    const args = JSON.stringify({ text: 'x'.repeat(988) });
    const parts = read([piece({ index: 0, id: 'a' }, 'f', ''), ...[...args].map((each) => piece({ index: 0 }, undefined, each))]);
    expect(calls(parts)).toEqual([{ index: 0, id: 'a', name: 'f', input: args }]);
    expect(parts.filter((part) => part.type === 'call')).toHaveLength(args.length + 1);
  });

  test('are told piece by piece, a later one as soon as the earlier is complete', () => {
    const reader = new ChunkReader();
    const parts: StepPart[] = [];
    reader.read({ choices: [{ delta: piece({ index: 0, id: 'a' }, 'f', '{}') }] }, parts);
    reader.read({ choices: [{ delta: piece({ index: 1, id: 'b' }, 'g', '{"a') }] }, parts);
    expect(parts).toEqual([
      { type: 'call', index: 0, id: 'a', name: 'f', input: '{}' },
      { type: 'call', index: 1, id: 'b', name: 'g', input: '{"a' },
    ]);
  });

  test('V07: that are interleaved in any way come out one after the other', () => {
    const inputs = ['{"path":"a"}', '{"command":"ls -l","timeout":1}', '{}'];
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          inputs.flatMap((input, i) => [...input].map(() => i)),
          { minLength: 45 },
        ),
        (turns) => {
          const at = inputs.map(() => 0);
          const deltas = inputs.map((_, index) => piece({ index, id: `c${index}` }, `f${index}`, ''));
          for (const index of turns) deltas.push(piece({ index }, undefined, inputs[index]?.[at[index]!++]));
          expect(calls(read(deltas)).map(({ id, name, input }) => [id, name, input])).toEqual(
            inputs.map((input, i) => [`c${i}`, `f${i}`, input.slice(0, at[i])]),
          );
        },
      ),
    );
  });

  test('V07: may lack an index', () => {
    const parts = read([piece({ id: 'a' }, 'f', '{"x"'), piece({}, undefined, ':1}'), piece({ id: 'b' }, 'g', '{}')]);
    expect(calls(parts)).toEqual([
      { index: 0, id: 'a', name: 'f', input: '{"x":1}' },
      { index: 1, id: 'b', name: 'g', input: '{}' },
    ]);
  });

  test('V07: may lack an id, and index and id', () => {
    const indexed = read([piece({ index: 0 }, 'f', '{}'), piece({ index: 1, id: '' }, 'g', '{}')]);
    const bare = read([piece({}, 'f', '{}'), piece({ id: null }, 'g', '{}')]);
    const wanted = [
      { index: 0, id: undefined, name: 'f', input: '{}' },
      { index: 1, id: undefined, name: 'g', input: '{}' },
    ];
    expect([calls(indexed), calls(bare)]).toEqual([wanted, wanted]);
  });

  test('V07: may all stand under index 0, told apart by their ids', () => {
    const parts = read([piece({ index: 0, id: 'a' }, 'f', '{"x":1}'), piece({ index: 0, id: 'b' }, 'f', '{"x":2}')]);
    expect(calls(parts).map(({ id, input }) => [id, input])).toEqual([
      ['a', '{"x":1}'],
      ['b', '{"x":2}'],
    ]);
  });

  test('may repeat id and name in every piece', () => {
    const parts = read([piece({ index: 0, id: 'a' }, 'f', '{"x"'), piece({ index: 0, id: 'a' }, 'f', ':1}')]);
    expect(calls(parts)).toEqual([{ index: 0, id: 'a', name: 'f', input: '{"x":1}' }]);
  });

  test('V07: with the same id under two indexes are two', () => {
    const parts = read([piece({ index: 0, id: 'a' }, 'f', '{}'), piece({ index: 1, id: 'a' }, 'f', '{}')]);
    expect(calls(parts)).toHaveLength(2);
  });

  test('may hold their arguments as an object, and may be spelt in the old way', () => {
    expect(calls(read([{ tool_calls: [{ function: { name: 'f', arguments: { x: 1 } } }] }]))).toEqual([
      { index: 0, id: undefined, name: 'f', input: '{"x":1}' },
    ]);
    expect(calls(read([{ function_call: { name: 'f', arguments: '{}' } }]))).toEqual([{ index: 0, id: undefined, name: 'f', input: '{}' }]);
  });

  test('kept back are told also when no finish reason came', () => {
    const reader = new ChunkReader();
    const parts: StepPart[] = [];
    reader.read({ choices: [{ delta: piece({ index: 0, id: 'a' }, 'f', '{"cut') }] }, parts);
    reader.read({ choices: [{ delta: piece({ index: 1, id: 'b' }, 'g', '{}') }] }, parts);
    reader.end(parts);
    expect(calls(parts).map(({ input }) => input)).toEqual(['{"cut', '{}']);
  });
});

test('content in parts is told as text and thinking', () => {
  const content = [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }, { type: 'text', text: 'yes' }, null, {}];
  expect(read([{ content }, { refusal: 'no' }], 'stop')).toEqual([
    { type: 'thinking', text: 'hm' },
    { type: 'text', text: 'yes' },
    { type: 'text', text: 'no' },
    { type: 'finish', reason: 'stop' },
  ]);
});
