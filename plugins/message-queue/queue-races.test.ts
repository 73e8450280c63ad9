import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { calls, cleanUp, says, serverWith } from './queue.fixture.js';

afterEach(cleanUp);

const ticks = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** What happens, and how long until the next thing does. */
const happening = fc.record({
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant('add' as const) },
    { weight: 2, arbitrary: fc.constant('cancel' as const) },
    { weight: 2, arbitrary: fc.constant('edit' as const) },
    { weight: 1, arbitrary: fc.constant('stop' as const) },
    { weight: 1, arbitrary: fc.constant('chat' as const) },
  ),
  which: fc.nat(),
  pause: fc.constantFrom(0, 0, 1, 3, 9),
});
const scenario = fc.record({
  happenings: fc.array(happening, { minLength: 5, maxLength: 40 }),
  /** How each step of the model goes: ticks it takes, and whether it wants a tool. */
  steps: fc.array(fc.tuple(fc.nat(6), fc.boolean()), { minLength: 1, maxLength: 8 }),
});

test('however it comes, each message reaches the model once and in order, or was cancelled, or waits', async () => {
  let nth = 0;
  let steps: [number, boolean][] = [[0, false]];
  const server = await serverWith(async () => {
    const [wait, tool] = steps[nth++ % steps.length] as [number, boolean];
    await ticks(wait);
    return tool ? calls() : says('ok');
  });
  const { queue, turns } = server;
  let serial = 0;

  await fc.assert(
    fc.asyncProperty(scenario, async (plan) => {
      const id = `c${++serial}`;
      nth = 0;
      steps = [...plan.steps, [0, false]];
      /** By number: the text as it was last accepted, `cancelled`, or nothing while nobody knows. */
      const fate = new Map<number, string>();
      const pending: Promise<unknown>[] = [];
      const sent: number[] = [];
      for (const { what, which, pause } of plan.happenings) {
        const waiting = await queue.list(id);
        const some = waiting[which % Math.max(1, waiting.length)];
        const number = some && Number(/\d+/.exec(some.text)?.[0]);
        if (what === 'add') {
          const mine = sent.push(sent.length) - 1;
          pending.push(queue.add(id, `m${mine}`).then(() => fate.has(mine) || fate.set(mine, `m${mine}`)));
        } else if (what === 'cancel' && some && number !== undefined)
          pending.push(queue.cancel(id, some.id).then(({ cancelled }) => cancelled && fate.set(number, 'cancelled')));
        else if (what === 'edit' && some && number !== undefined)
          pending.push(queue.edit(id, some.id, `m${number} edited`).then((left) => left && fate.set(number, `m${number} edited`)));
        else if (what === 'stop') pending.push(turns.abort(id));
        else if (what === 'chat') pending.push(turns.begin({ conversationId: id, message: 'chat' }).catch(() => undefined));
        await ticks(pause);
      }
      await Promise.all(pending);
      await server.quiet(id);
      const left = (await queue.list(id)).map(({ text }) => text);
      const seen = (await server.said(id)).flatMap((text) => text.split('\n\n')).filter((text) => text !== 'chat');
      const wanted = sent.map((number) => fate.get(number)).filter((text) => text !== 'cancelled');
      expect([...seen, ...left]).toEqual(wanted);
      if (plan.happenings.every(({ what }) => what !== 'stop')) expect(left).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('many clients at once: nothing is lost and nothing comes twice', async () => {
  const server = await serverWith(async () => says('ok'));
  const sent = Array.from({ length: 300 }, (_, i) => `m${i}`);
  const clients = Array.from({ length: 10 }, async (_, client) => {
    for (const text of sent.filter((_, i) => i % 10 === client)) {
      await server.queue.add('c', text);
      await ticks(client % 3);
    }
  });
  await Promise.all(clients);
  await server.quiet('c');
  const seen = (await server.said('c')).flatMap((text) => text.split('\n\n'));
  expect([await server.queue.list('c'), seen.length, new Set(seen)]).toEqual([[], sent.length, new Set(sent)]);
});
