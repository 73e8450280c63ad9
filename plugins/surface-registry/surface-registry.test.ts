import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { quietLogger, testClock } from 'dispatch/testing';
import type { Field } from 'dispatch/wire';
import { z } from 'zod';
import { startServer, type TestServer } from '../transport-http/http-transport.fixture.js';
import { type SocketServer, startSockets } from '../transport-ws/socket-server.fixture.js';
import { ActionRefused, type SurfaceGroup, type SurfaceProvider, surfaceAction } from './contract.js';
import { SurfaceRegistry } from './surface-registry.js';
import { SurfaceRoutes } from './surface-routes.js';

/** A surface with a number that clients may set. */
class Dial implements SurfaceProvider {
  readonly entry = { id: 'dial', region: 'side', title: 'Dial', scope: 'global' } as const;
  value = 1;
  rendered = 0;
  readonly actions = {
    'dial/set': surfaceAction({
      schema: z.number().min(0).max(10),
      run: (value) => {
        if (value === 7) throw new ActionRefused('7 is taken: choose another');
        if (value === 8) throw new Error('secret');
        this.value = value;
      },
    }),
  };
  render() {
    this.rendered++;
    return { id: 'dial', region: 'side', title: 'Dial', fields: [this.field()] };
  }
  field(): Field {
    return { kind: 'number', label: 'Value', value: this.value, min: 0, max: 10, action: { actionId: 'dial/set' } };
  }
}

/** A surface that shows each conversation a text of its own. */
class Notes implements SurfaceProvider {
  readonly entry = { id: 'notes', region: 'side', title: 'Notes', scope: 'conversation' } as const;
  readonly texts = new Map<string | undefined, string>();
  render(conversationId?: string) {
    return {
      id: 'notes',
      region: 'side',
      title: 'Notes',
      fields: [{ kind: 'stat' as const, label: 'Note', value: this.texts.get(conversationId) ?? '' }],
    };
  }
}

const clock = testClock();
const logger = quietLogger();
let surfaces: SurfaceProvider[];
/** Several in one. */
let groups: SurfaceGroup[];
let dial: Dial;
let notes: Notes;
let registry: SurfaceRegistry;
beforeEach(() => {
  logger.records.length = 0;
  [dial, notes] = [new Dial(), new Notes()];
  surfaces = [dial, notes];
  groups = [];
  registry = new SurfaceRegistry(surfaces, groups, clock, logger);
});
afterEach(() => registry.stop());

const catalog = () => ({ type: 'catalog', catalog: surfaces.map(({ entry }) => entry) });

describe('over sockets', () => {
  let server: SocketServer;
  beforeEach(async () => {
    server = await startSockets([registry], { clock });
  });
  afterEach(() => server.stop());

  test('the catalog comes first, and again when surfaces come or go', async () => {
    const client = await server.open();
    await client.message('catalog');
    expect(client.got).toEqual([catalog()]);
    surfaces.push({ entry: { id: 'third', region: 'main', title: 'Third', scope: 'global' }, render: () => dial.render() });
    await clock.advance(1_000);
    await client.settle();
    expect(client.got[1]).toEqual(catalog());
    surfaces.pop();
    await clock.advance(3_000);
    await client.settle();
    expect(client.got.slice(2)).toEqual([catalog()]);
  });

  test('a subscription shows the surface, then each change, to all who look, rendered once for all', async () => {
    const clients = [await server.open(), await server.open({ http: true })];
    for (const client of clients) client.send({ type: 'subscribe', surfaceId: 'dial' });
    for (const client of clients) await client.message('surface');
    const before = dial.rendered;
    dial.value = 2;
    for (let i = 0; i < 100; i++) registry.changed('dial');
    for (const client of clients) await client.message('update');
    expect(dial.rendered).toBe(before + 1);
    registry.changed('dial'); // looks the same
    registry.changed('nobody knows this');
    for (const client of clients) {
      await client.settle();
      const spec = (value: number) => ({ id: 'dial', region: 'side', title: 'Dial', fields: [{ ...dial.field(), value }] });
      expect(client.got).toEqual([
        catalog(),
        { type: 'surface', spec: spec(1) },
        { type: 'update', update: { surfaceId: 'dial', spec: spec(2) } },
      ]);
    }
  });

  test('a conversation is echoed exactly, also where the surface is global, and absent where there was none', async () => {
    const client = await server.open();
    const strange = 'ünï "1"\\';
    notes.texts.set('a', 'of a').set(strange, 'of b');
    for (const conversationId of ['a', strange, undefined]) client.send({ type: 'subscribe', surfaceId: 'notes', conversationId });
    client.send({ type: 'subscribe', surfaceId: 'dial', conversationId: 'a' });
    while (client.got.length < 5) await client.more();
    expect(client.got.slice(1).map((message) => [message.type, 'conversationId' in message ? message.conversationId : 'none'])).toEqual([
      ['surface', 'a'],
      ['surface', strange],
      ['surface', 'none'],
      ['surface', 'a'],
    ]);
    notes.texts.set('a', 'new').set(strange, 'new');
    registry.changed('notes', strange);
    const { update } = await client.message('update');
    expect(update).toEqual({ surfaceId: 'notes', conversationId: strange, spec: notes.render(strange) });
    await client.settle();
    expect(client.got).toHaveLength(6);
    registry.changed('notes');
    await client.message('update', (message) => message.update.conversationId === 'a');
    dial.value = 9;
    registry.changed('dial');
    await client.message('update', (message) => message.update.surfaceId === 'dial' && message.update.conversationId === 'a');
  });

  test('subscribing again shows it again and doubles nothing; unsubscribing ends it', async () => {
    const client = await server.open();
    for (let i = 0; i < 3; i++) {
      client.send({ type: 'subscribe', surfaceId: 'dial' });
      await client.settle();
    }
    dial.value = 2;
    registry.changed('dial');
    await client.message('update');
    client.send({ type: 'unsubscribe', surfaceId: 'dial' });
    client.send({ type: 'unsubscribe', surfaceId: 'never' });
    await client.settle();
    dial.value = 3;
    registry.changed('dial');
    await client.settle();
    expect(client.got.map(({ type }) => type)).toEqual(['catalog', 'surface', 'surface', 'surface', 'update']);
    client.send({ type: 'subscribe', surfaceId: 'dial' });
    client.send({ type: 'unsubscribe', surfaceId: 'dial' });
    await client.settle();
    expect(client.got).toHaveLength(5);
  });

  test('an action is carried out and shown, without being asked to', async () => {
    const [acting, looking] = [await server.open(), await server.open()];
    looking.send({ type: 'subscribe', surfaceId: 'dial' });
    await looking.message('surface');
    acting.send({ type: 'invoke', surfaceId: 'dial', actionId: 'dial/set', payload: 5, conversationId: 'any' });
    const { update } = await looking.message('update');
    expect(update.spec.fields).toEqual([{ ...dial.field(), value: 5 }]);
    await acting.settle();
    expect(acting.got).toEqual([catalog()]);
  });

  test.each([
    [{ type: 'subscribe', surfaceId: 'dail' }, 'unknown surface "dail"; near names: dial, notes'],
    [{ type: 'subscribe', surfaceId: '__proto__' }, 'unknown surface "__proto__"; near names: notes, dial'],
    [{ type: 'invoke', surfaceId: 'gone', actionId: 'x' }, 'unknown surface "gone"; near names: notes, dial'],
    [
      { type: 'invoke', surfaceId: 'dial', actionId: 'constructor' },
      'the surface "dial" has no action "constructor"; near names: dial/set',
    ],
    [{ type: 'invoke', surfaceId: 'notes', actionId: 'x' }, 'the surface "notes" has no action "x"; there are none'],
    [{ type: 'invoke', surfaceId: 'dial', actionId: 'dial/set', payload: 'five' }, expect.stringMatching(/^payload: .*number/)],
    [{ type: 'invoke', surfaceId: 'dial', actionId: 'dial/set', payload: 11 }, expect.stringMatching(/^payload: .*10/)],
    [{ type: 'invoke', surfaceId: 'dial', actionId: 'dial/set' }, expect.stringMatching(/^payload: .*number/)],
    [{ type: 'invoke', surfaceId: 'dial', actionId: 'dial/set', payload: 7 }, '7 is taken: choose another'],
    [
      { type: 'invoke', surfaceId: 'dial', actionId: 'dial/set', payload: 8 },
      'the action "dial/set" of "dial" failed; the server\'s log says why',
    ],
    [{ type: 'invoke', surfaceId: 'dial' }, expect.stringMatching(/^invoke\.actionId: /)],
    [{ type: 'subscribe', surfaceId: 'dial', conversationId: 7 }, expect.stringMatching(/^subscribe\.conversationId: /)],
  ])('%j is answered with an error', async (message, sentence) => {
    const client = await server.open();
    client.send(message);
    await client.settle();
    expect(client.got).toEqual([catalog(), { type: 'error', surfaceId: message.surfaceId, message: sentence }]);
    expect(dial.value).toBe(1);
  });

  test('a message without a surface is an error without one', async () => {
    const client = await server.open();
    client.send({ type: 'subscribe' });
    await client.settle();
    expect(client.got[1]).toEqual({ type: 'error', message: expect.stringMatching(/^subscribe\.surfaceId: /) });
  });

  test('one socket may look at so many surfaces and no more', async () => {
    const client = await server.open();
    for (let i = 0; i < 10_000; i++) client.send({ type: 'subscribe', surfaceId: 'notes', conversationId: `c${i}` });
    await client.settle();
    client.send({ type: 'subscribe', surfaceId: 'notes', conversationId: 'c0' });
    await client.settle();
    const of = (type: string) => client.got.filter((message) => message.type === type).length;
    expect([of('surface'), of('error')]).toEqual([1_001, 9_000]);
    client.send({ type: 'unsubscribe', surfaceId: 'notes', conversationId: 'c0' });
    client.send({ type: 'subscribe', surfaceId: 'dial' });
    await client.message('surface', ({ spec }) => spec.id === 'dial');
  });

  test('a surface whose plugin is at fault is not shown; the client is told once, the log why, and it comes when it can', async () => {
    const client = await server.open();
    const render = dial.render.bind(dial);
    const huge = { ...notes.render(), id: 'dial', title: 'x'.repeat(1024 * 1024) };
    for (const broken of [{ id: 'dial' }, { ...notes.render() }, huge, null]) {
      dial.render = () => broken as never;
      client.send({ type: 'subscribe', surfaceId: 'dial' });
      await client.settle();
    }
    const sentence = 'the surface "dial" cannot be shown; the server\'s log says why';
    expect(client.got.slice(1)).toEqual(Array.from({ length: 4 }, () => ({ type: 'error', surfaceId: 'dial', message: sentence })));
    expect(logger.records).toEqual([
      expect.stringMatching(/^error the surface "dial" cannot be shown: the surface\.region: /),
      'error the surface "dial" cannot be shown: it calls itself "notes" there',
      'error the surface "dial" cannot be shown: it is larger than 1048576 characters: show less',
      expect.stringMatching(/^error the surface "dial" cannot be shown: the surface: /),
    ]);
    registry.changed('dial');
    await client.settle();
    expect(client.got).toHaveLength(5);
    dial.render = render;
    registry.changed('dial');
    await client.message('surface');
  });

  test('a client that does not read gets the newest state once it does, not each on the way', async () => {
    const [slow, quick] = [await server.open(), await server.open()];
    for (const client of [slow, quick]) {
      client.send({ type: 'subscribe', surfaceId: 'notes' });
      await client.message('surface');
    }
    slow.ws.pause();
    for (let i = 0; i < 60; i++) {
      notes.texts.set(undefined, `${i} ${'x'.repeat(900_000)}`);
      registry.changed('notes');
      const isNew = (update: { spec: { fields: Field[] } }) => (update.spec.fields[0] as { value: string }).value.startsWith(`${i} `);
      await quick.message('update', ({ update }) => isNew(update));
    }
    slow.ws.resume();
    const last = ({ update }: { update: { spec: { fields: Field[] } } }) =>
      (update.spec.fields[0] as { value: string }).value.startsWith('59 ');
    await slow.message('update', last);
    expect(slow.got.filter(({ type }) => type === 'update').length).toBeLessThan(40);
  });
});

test('a surface without a proper entry is left out, and said once', async () => {
  surfaces.push({ entry: undefined as never, render: () => dial.render() });
  const server = await startSockets([registry], { clock });
  const client = await server.open();
  await client.message('catalog', ({ catalog: entries }) => entries.length === 2);
  await clock.advance(5_000);
  await server.stop();
  expect(logger.records).toHaveLength(1);
});

test('a group shows its surfaces beside the others, as they are just then', async () => {
  const shelf = new SurfaceRoutes([notes], groups, registry, logger);
  const catalogNow = () => shelf.routes[0]?.handle({} as never);
  const single = { id: 'notes', region: 'side', title: 'Notes', scope: 'conversation' };
  expect(catalogNow()).toEqual({ catalog: [single] });
  let inGroup: SurfaceProvider[] = [dial];
  groups.push({ surfaces: () => inGroup });
  expect(catalogNow()).toEqual({ catalog: [single, dial.entry] });
  inGroup = [];
  expect(catalogNow()).toEqual({ catalog: [single] });
});

describe('over HTTP', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer(new SurfaceRoutes(surfaces, groups, registry, logger).routes);
  });
  afterEach(() => server.stop());

  const ask = async (path: string, body?: unknown) => {
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(server.url + path, body === undefined ? undefined : post);
    return [answer.status, await answer.json()] as const;
  };

  test('the catalog, a surface, and a surface of one conversation', async () => {
    notes.texts.set('a/b', 'of a');
    expect(await ask('/surfaces')).toEqual([200, { catalog: catalog().catalog }]);
    expect(await ask('/surfaces/dial')).toEqual([200, dial.render()]);
    expect(await ask('/surfaces/notes?conversationId=a%2Fb')).toEqual([200, notes.render('a/b')]);
  });

  test('an action, its id escaped or not', async () => {
    expect(await ask('/surfaces/dial/actions/dial%2Fset', { payload: 3 })).toEqual([200, dial.render()]);
    expect(dial.value).toBe(3);
    expect((await ask('/surfaces/dial/actions/dial/set', { payload: 4, conversationId: 'c' }))[0]).toBe(200);
    expect(dial.value).toBe(4);
  });

  test.each([
    ['/surfaces/none', undefined, 404, 'surface_unknown'],
    ['/surfaces/dial/actions/none', {}, 404, 'surface_unknown'],
    ['/surfaces/dial/actions/dial/set', { payload: 'x' }, 400, 'bad_schema'],
    ['/surfaces/dial/actions/dial/set', {}, 400, 'bad_schema'],
    ['/surfaces/dial/actions/dial/set', { conversationId: 7 }, 400, 'bad_schema'],
    ['/surfaces/dial/actions/dial/set', { payload: 7 }, 409, 'surface_refused'],
    ['/surfaces/dial/actions/dial/set', { payload: 8 }, 500, 'surface_broken'],
  ])('%s with %j answers %i', async (path, body, status, code) => {
    expect(await ask(path, body)).toEqual([status, expect.objectContaining({ error: expect.any(String), code })]);
  });
});
