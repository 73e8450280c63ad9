import { afterEach, expect, test } from '@jest/globals';
import { definePlugin } from 'dispatch/kernel';
import { type SteeringSource, SteeringSources } from '../session-orchestrator/contract.js';
import { MessageQueue } from './contract.js';
import { cleanUp, dataFolder, gate, says, serverWith } from './queue.fixture.js';

afterEach(cleanUp);

const nextTick = () => new Promise((resolve) => setImmediate(resolve));

/** A turn that has ended by itself and asks for the last time what waits: `then` is done so many ticks later. */
async function ending(ticks: number, then: (server: Awaited<ReturnType<typeof serverWith>>) => Promise<unknown>) {
  const held = gate();
  const asked = gate();
  const source = { waiting: async () => void asked.open(), drop: async () => undefined };
  const last = definePlugin({ id: 'asked', provides: SteeringSources, inject: { queue: MessageQueue }, create: () => source });
  const server = await serverWith(
    async () => {
      await held.opened;
      return says('one');
    },
    dataFolder(),
    [last],
  );
  (server.host.get(SteeringSources) as SteeringSource[]).reverse(); // this one is asked first, so that it knows when
  await server.turns.begin({ conversationId: 'c', message: 'go' });
  await server.queue.add('c', 'first');
  held.open();
  await asked.opened;
  for (let tick = 0; tick < ticks; tick++) await nextTick();
  await then(server);
  await server.quiet('c');
  return server;
}

test('a stop that comes while a turn that ended is being sealed leaves what waits to the user; one that comes later stops the next turn', async () => {
  const outcomes = new Set<string>();
  for (let ticks = 0; ticks < 12; ticks++) {
    const server = await ending(ticks, async ({ turns }) => expect(await turns.abort('c')).toBe(true));
    const said = await server.said('c');
    const waits = (await server.queue.list('c')).map(({ text }) => text);
    outcomes.add(JSON.stringify([said, waits]));
    expect((await server.conversations.find('c'))?.status).toBe('idle');
    if (said.length === 1) {
      const [id] = (await server.queue.list('c')).map((message) => message.id);
      expect(await server.queue.edit('c', id as string, 'changed')).toMatchObject([{ text: 'changed' }]);
      expect(await server.queue.add('c', 'second')).toEqual({ startedTurn: true, queue: [] });
      await server.quiet('c');
      expect(await server.said('c')).toEqual(['go', 'changed\n\nsecond']);
    }
    await server.stop();
  }
  expect([...outcomes]).toContain(JSON.stringify([['go'], ['first']]));
  const either = [
    [['go'], ['first']],
    [['go', 'first'], []],
  ].map((outcome) => JSON.stringify(outcome));
  for (const outcome of outcomes) expect(either).toContain(outcome);
});

test('a close that comes while a turn that ended is being sealed drops what waits, or closes after the next turn', async () => {
  for (let ticks = 0; ticks < 12; ticks++) {
    const server = await ending(ticks, ({ turns }) => turns.close('c'));
    expect(await server.queue.list('c')).toEqual([]);
    expect((await server.conversations.find('c'))?.status).toBe('closed');
    await server.stop();
  }
});
