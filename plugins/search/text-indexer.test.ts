import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanUp, started } from './search.fixture.js';

afterEach(cleanUp);

type Server = Awaited<ReturnType<typeof started>>;
const entries = async (server: Server) => (await server.rows('SELECT count(*) AS n FROM search_entry'))[0]?.n;

/** Moves the clock on until so many texts are indexed by themselves. */
async function until(server: Server, count: number): Promise<void> {
  while ((await entries(server)) !== count) await server.clock.advance(100);
}

describe('the index follows the log', () => {
  test('by itself, a while after a turn was sealed and not in its way', async () => {
    const server = await started();
    await server.say('c', 'question', 'answer');
    expect(await entries(server)).toBe(0);
    await until(server, 2);
    await server.say('d', 'question', 'answer');
    expect(await entries(server)).toBe(2);
    await until(server, 4);
  });

  test('from where it was when the server was killed between a turn’s end and its indexing', async () => {
    const killed = await started();
    await killed.say('c', 'the first');
    expect(await killed.found('first')).toEqual(['c 1']);
    await killed.say('c', 'the second');
    expect(await entries(killed)).toBe(1);
    await killed.stop();
    const server = await started({ dataDir: killed.dataDir });
    await until(server, 2);
    expect(await server.found('the')).toEqual(['c 2', 'c 1']);
  });

  test('a turn is found once it is sealed, whatever was sealed before it', async () => {
    const server = await started();
    const long = await server.open('long', 'a long turn');
    await server.say('short', 'a short turn');
    expect(await server.found('turn')).toEqual(['short 1']);
    await server.say('short', 'another turn');
    expect(await server.found('turn')).toEqual(['short 2', 'short 1']);
    await server.seal('long', long, [{ type: 'text-delta', delta: 'the turn is over' }]);
    expect(await server.found('turn')).toEqual(['long 2', 'long 1', 'short 2', 'short 1']);
  });

  test('a turn that a crash left open is found once the next start has sealed it, and nothing twice', async () => {
    const killed = await started();
    const torn = await killed.open('torn', 'a torn turn');
    await killed.say('c', 'a turn after it', 'and its turn');
    await killed.compact('c', 'archive', 1, 'summed up');
    expect(await killed.found('turn')).toEqual(['c 2', 'archive 1']);
    await killed.stop();
    const server = await started({ dataDir: killed.dataDir });
    expect(await server.found('turn')).toEqual(['c 2', 'archive 1']);
    await server.conversations.recover();
    expect(await server.found('turn')).toEqual(['torn 1', 'c 2', 'archive 1']);
    await torn.seal('idle').catch(() => undefined);
  });

  test('over any number of turns and texts', async () => {
    const server = await started();
    for (let i = 0; i < 70; i++) await server.say(`c${i % 3}`, `turn ${i} ${'filler '.repeat(i * 20)}`, `answer ${i}`);
    const all: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await server.ask({ q: 'answer', limit: 30, ...(cursor && { cursor }) });
      all.push(...body.hits.map(({ snippet }) => snippet));
      if (!body.cursor) break;
      cursor = body.cursor;
    }
    expect(all).toEqual(Array.from({ length: 70 }, (_, i) => `answer ${69 - i}`));
    expect(await entries(server)).toBe(140);
  });

  test('a search that cannot wait for all of it says so, and finds what there is', async () => {
    const server = await started({ slow: true });
    for (let i = 0; i < 40; i++) await server.say('c', `turn ${i}`);
    const seen: unknown[] = [];
    for (let indexing: unknown = true; indexing; ) {
      const { body } = await server.ask({ q: 'turn', limit: 100 });
      seen.push([body.hits.length, body.indexing]);
      indexing = body.indexing;
    }
    expect(seen).toEqual([
      [16, true],
      [32, true],
      [40, undefined],
    ]);
  });

  test('goes on after a write that failed, and nothing is in it twice', async () => {
    const server = await started();
    await server.say('c', 'the first');
    expect(await server.found('first')).toEqual(['c 1']);
    await server.database.write((manager) =>
      manager.query(`CREATE TRIGGER broken BEFORE UPDATE ON search_progress BEGIN SELECT RAISE(ABORT, 'broken'); END`),
    );
    await server.say('c', 'the second');
    const { body } = await server.ask({ q: 'the' });
    expect([body.hits.length, body.indexing]).toEqual([1, true]);
    const told = () => server.host.logger.records.some((record) => record.startsWith('warn the index of texts could not follow'));
    while (!told()) await server.clock.advance(100);
    await server.database.write((manager) => manager.query('DROP TRIGGER broken'));
    expect(await server.found('the')).toEqual(['c 2', 'c 1']);
    expect((await server.ask({ q: 'the' })).body.indexing).toBeUndefined();
  });
});
