import { expect, test } from '@jest/globals';
import { WaitingLine } from './waiting-line.js';

const message = (id: string) => ({ id, text: `text ${id}`, queuedAt: 1 });
const line = () => new WaitingLine([message('a'), message('b')]);
const ids = (of: WaitingLine) => of.messages.map(({ id }) => id);

test('what is handed over is still listed, and can no longer be cancelled', () => {
  const waiting = line();
  expect(waiting.handOver().map(({ id }) => id)).toEqual(['a', 'b']);
  expect([ids(waiting), waiting.waits('a')]).toEqual([['a', 'b'], false]);
});

test('what nobody took can be cancelled again', () => {
  const waiting = line();
  waiting.handOver();
  waiting.release();
  expect(waiting.waits('a')).toBe(true);
});

test('what was taken is offered to nobody else, even before the disk knows', () => {
  const waiting = line();
  waiting.leave(new Set(['a']));
  expect([ids(waiting), waiting.handOver().length, waiting.over]).toEqual([['b'], 1, false]);
});

test('what could not go stands where it stood', () => {
  const waiting = line();
  waiting.leave(new Set(['a']));
  waiting.add(message('c'));
  waiting.stay(new Set(['a']));
  expect([ids(waiting), waiting.waits('a')]).toEqual([['a', 'b', 'c'], true]);
});

test('an edited message keeps its place', () => {
  const waiting = line();
  waiting.edit('a', 'other');
  expect(waiting.messages.map(({ text }) => text)).toEqual(['other', 'text b']);
});

test('a line is over when the last one has gone', () => {
  const waiting = line();
  waiting.leave(new Set(['a', 'b']));
  waiting.remove(new Set(['a', 'b']));
  expect(waiting.over).toBe(true);
});
