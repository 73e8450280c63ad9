import { expect, test } from '@jest/globals';
import { WaitingLine } from './waiting-line.js';

const message = (id: string) => ({ id, text: `text ${id}`, queuedAt: 1 });
const line = () => new WaitingLine([message('a'), message('b')]);
const ids = (of: WaitingLine) => of.messages.map(({ id }) => id);
const both = 'text a\n\ntext b';

test('what is offered is one text, still listed, and can no longer be cancelled', () => {
  const waiting = line();
  expect(waiting.offer(['and more'])).toEqual({ text: `${both}\n\nand more`, ids: new Set(['a', 'b']) });
  expect([ids(waiting), waiting.waits('a')]).toEqual([['a', 'b'], false]);
});

test('what is offered is offered to nobody else', () => {
  const waiting = line();
  waiting.offer();
  expect(waiting.offer()).toBeUndefined();
  waiting.add(message('c'));
  expect(waiting.offer()).toEqual({ text: 'text c', ids: new Set(['c']) });
});

test('what nobody took waits again where it stood, and can be cancelled', () => {
  const waiting = line();
  waiting.offer();
  waiting.add(message('c'));
  expect(waiting.retract()).toEqual(new Set(['a', 'b']));
  expect([ids(waiting), waiting.waits('a')]).toEqual([['a', 'b', 'c'], true]);
});

test('a stored text takes the messages it was made of, once, and they do not come back', () => {
  const waiting = line();
  waiting.offer();
  expect(waiting.confirm('another text')).toBeUndefined();
  expect(waiting.confirm(both)).toEqual(new Set(['a', 'b']));
  expect(waiting.confirm(both)).toBeUndefined();
  expect([waiting.retract(), ids(waiting), waiting.over]).toEqual([new Set(), [], false]);
  waiting.remove(new Set(['a', 'b']));
  expect(waiting.over).toBe(true);
});

test('an edited message keeps its place', () => {
  const waiting = line();
  waiting.edit('a', 'other');
  expect(waiting.messages.map(({ text }) => text)).toEqual(['other', 'text b']);
});
