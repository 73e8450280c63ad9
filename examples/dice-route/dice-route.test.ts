import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Routes } from 'dispatch/contracts';
import { hostWith } from 'dispatch/testing';
import DiceRoute from './index.ts';

test('rolls as many dice as were asked for, up to a hundred', async () => {
  const host = await hostWith([DiceRoute]);
  const [route] = host.get(Routes)[0]?.routes ?? [];
  const ask = (count: number) =>
    route?.handle({ params: { count }, query: { sides: 2 }, body: undefined, headers: {}, signal: new AbortController().signal });
  const { rolled } = (await ask(30)) as { rolled: number[] };
  assert.equal(rolled.length, 30);
  assert(rolled.every((each) => each === 1 || each === 2));
  assert.throws(() => ask(101), { name: 'HttpError', status: 422 });
  assert.equal(route?.params?.safeParse({ count: 'many' }).success, false);
  await host.stop();
});
