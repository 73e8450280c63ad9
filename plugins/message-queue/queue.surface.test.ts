import { afterEach, expect, test } from '@jest/globals';
import { Surfaces } from '../surface-registry/contract.js';
import { cleanUp, gate, says, serverWith } from './queue.fixture.js';
import type { QueueSurface } from './queue.surface.js';

afterEach(cleanUp);

async function busy() {
  const server = await serverWith(async () => {
    await gate().opened;
    return says('never');
  });
  await server.turns.begin({ conversationId: 'c', message: 'go' });
  const surface = server.host.get(Surfaces).find(({ entry }) => entry.id === 'message-queue') as QueueSurface;
  /** As the registry does it: the payload is checked first. */
  const act = async (action: string, payload: unknown, conversation?: string) => {
    const { schema, run } = surface.actions[`message-queue/${action}`] as NonNullable<(typeof surface.actions)[string]>;
    return run(schema.parse(payload), conversation);
  };
  return { ...server, surface, act };
}

test('the surface shows what waits in its conversation, and changes it', async () => {
  const { surface, act, queue, shown } = await busy();
  const messages = async () => (await surface.render('c')).fields;
  const custom = async () => [{ kind: 'custom', rendererId: 'message-queue', payload: { messages: await queue.list('c') } }];
  expect(await surface.render('c')).toEqual({ id: 'message-queue', region: 'side', title: 'Queued messages', fields: await custom() });
  await act('add', { text: 'first' }, 'c');
  await act('add', { text: 'second' }, 'c');
  const [first, second] = await queue.list('c');
  expect(await messages()).toEqual(await custom());
  await act('edit', { messageId: first?.id, text: 'other' }, 'c');
  await act('cancel', { messageId: second?.id }, 'c');
  await act('cancel', { messageId: second?.id }, 'c');
  expect(await messages()).toEqual([{ kind: 'custom', rendererId: 'message-queue', payload: { messages: [{ ...first, text: 'other' }] } }]);
  expect(shown).toEqual(Array.from({ length: 4 }, () => 'message-queue c'));
});

test('an action that cannot be carried out says why', async () => {
  const { act, surface } = await busy();
  const refused = (words: RegExp) => ({ name: 'ActionRefused', message: expect.stringMatching(words) });
  await expect(act('add', { text: ' ' }, 'c')).rejects.toMatchObject(refused(/the text is blank/));
  await expect(act('add', { text: 'x' })).rejects.toMatchObject(refused(/say which with "conversationId"/));
  await expect(act('edit', { messageId: 'gone', text: 'x' }, 'c')).rejects.toMatchObject(refused(/"gone" waits here any more/));
  expect((await surface.render()).fields).toEqual([{ kind: 'custom', rendererId: 'message-queue', payload: { messages: [] } }]);
});
