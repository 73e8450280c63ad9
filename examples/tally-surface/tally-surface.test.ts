import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Surfaces, SurfaceUpdates } from 'dispatch/contracts';
import { hostWith } from 'dispatch/testing';
import TallySurface from './index.ts';

test('shows the number that was set, tells so, and refuses what is no tally', async () => {
  const changed: string[] = [];
  const host = await hostWith([TallySurface], { given: [[SurfaceUpdates, { changed: (id: string) => changed.push(id) }]] });
  const [tally] = host.get(Surfaces);
  assert(tally?.actions);
  const { set, reset } = tally.actions;
  await set?.run(7);
  assert.deepEqual((await tally.render()).fields[0], {
    kind: 'number',
    label: 'Tally',
    value: 7,
    min: 0,
    step: 1,
    action: { actionId: 'set' },
  });
  assert.throws(() => set?.run(-1), { name: 'ActionRefused' });
  await reset?.run(undefined);
  assert.deepEqual(changed, ['tally', 'tally']);
  await host.stop();
});
