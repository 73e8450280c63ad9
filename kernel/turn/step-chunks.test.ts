import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StepChunks } from './step-chunks.js';

describe('the chunks of a step', () => {
  test('neighbouring deltas of a kind merge, a change of kind opens the next', () => {
    const step = new StepChunks();
    expect(step.isEmpty).toBe(true);
    for (const text of ['a', 'b']) step.thinking(text);
    for (const text of ['c', 'd']) step.text(text);
    step.thinking('e');
    expect(step.isEmpty).toBe(false);
    expect(step.chunks).toEqual([
      { type: 'thinking', text: 'ab' },
      { type: 'text', text: 'cd' },
      { type: 'thinking', text: 'e' },
    ]);
  });

  test('any other chunk closes the text before it', () => {
    const step = new StepChunks();
    step.text('a');
    step.add({ type: 'error', message: 'broken' });
    step.text('b');
    expect(step.chunks.map(({ type }) => type)).toEqual(['text', 'error', 'text']);
  });

  test('forgotten, they start again', () => {
    const step = new StepChunks();
    step.text('lost');
    step.clear();
    step.text('kept');
    expect(step.chunks).toEqual([{ type: 'text', text: 'kept' }]);
  });

  test('nothing is lost or moved, and no two neighbours are of a kind', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('text' as const, 'thinking' as const), fc.string())), (deltas) => {
        const step = new StepChunks();
        for (const [kind, text] of deltas) step[kind](text);
        const all = (kind: string) =>
          deltas
            .filter(([each]) => each === kind)
            .map(([, text]) => text)
            .join('');
        const got = (kind: string) => step.chunks.map((chunk) => (chunk.type === kind && 'text' in chunk ? chunk.text : '')).join('');
        expect([got('text'), got('thinking')]).toEqual([all('text'), all('thinking')]);
        for (const [i, chunk] of step.chunks.entries()) expect(chunk.type).not.toBe(step.chunks[i + 1]?.type);
      }),
    );
  });
});
