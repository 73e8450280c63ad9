import { expect, test } from '@jest/globals';
import { LoopGuard } from './loop-guard.js';

const call = (name: string, input: Record<string, unknown> = {}) => ({ id: Math.random().toString(), name, input });

test('V09: an equal call is refused after three steps running, and for as long as it goes on', () => {
  const guard = new LoopGuard();
  const refused: boolean[] = [];
  for (let step = 0; step < 5; step++) {
    refused.push(guard.refusal(call('x', { a: 1, b: 2 })) !== undefined);
    guard.step([call('x', step % 2 ? { b: 2, a: 1 } : { a: 1, b: 2 }), call('x', { a: 1, b: 2 }), call('y', { step })]);
  }
  expect(refused).toEqual([false, false, false, true, true]);
  expect(guard.refusal(call('x', { a: 1, b: 2 }))).toContain('made 3 steps running');
  expect(guard.refusal(call('x', { a: 2 }))).toBeUndefined();
});

test('a step without it starts the count again', () => {
  const guard = new LoopGuard();
  for (const step of [[call('x')], [call('x')], [call('y')], [call('x')]]) guard.step(step);
  expect(guard.refusal(call('x'))).toBeUndefined();
});
