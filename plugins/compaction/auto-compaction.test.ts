import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanUp, isSummary, started } from './compaction.fixture.js';

afterEach(cleanUp);

type Server = Awaited<ReturnType<typeof started>>;
const compacted = ({ events }: Server) => events.filter(({ type }) => type === 'conversation.compacted').length;

/** Waits until what a sealed turn set off has come to rest: a log record says how it went, or nothing was to be done. */
async function settled(server: Server): Promise<void> {
  for (let quiet = 0, seen = -1; quiet < 20; quiet++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const now = server.events.length + server.provider.seen.length + server.host.logger.records.length;
    if (now !== seen) quiet = 0;
    seen = now;
  }
}

/** A server whose model takes in 1,000 tokens, and a conversation of seven turns that is far from full. */
async function nearlyFull() {
  const server = await started({ contextWindow: 1_000 });
  server.summarising({ text: ['what was'] }, { text: ['word '.repeat(200)], usage: { input: 300, output: 10 } });
  await server.talk(7);
  await settled(server);
  expect(compacted(server)).toBe(0);
  const last = async (tokens: number) => {
    server.summarising({ text: ['what was'] }, { text: ['last'], usage: { input: tokens - 10, output: 10 } });
    await server.chat('the last');
    await settled(server);
  };
  return { server, last };
}

describe('after a turn', () => {
  test('whose context is 85 percent of the window, the history is compacted once', async () => {
    const { server, last } = await nearlyFull();
    await last(850);
    expect(compacted(server)).toBe(1);
    expect((await server.history('c')).chunks).toHaveLength(11);
    expect(server.provider.seen.filter(isSummary)).toHaveLength(1);
  });

  test('below that nothing happens', async () => {
    const { server, last } = await nearlyFull();
    await last(849);
    expect(compacted(server)).toBe(0);
  });

  test('the conversation’s own percentage counts', async () => {
    const { server, last } = await nearlyFull();
    await server.ask('PUT', '/conversations/c/compact-percent', { threshold: 40 });
    await last(400);
    expect(compacted(server)).toBe(1);
  });

  test('0 percent means never by itself', async () => {
    const { server, last } = await nearlyFull();
    await server.ask('PUT', '/conversations/c/compact-percent', { threshold: 0 });
    await last(5_000);
    expect(compacted(server)).toBe(0);
    expect((await server.ask('POST', '/conversations/c/compact')).status).toBe(200);
  });

  test('a refused compaction is no error of the turn, and is tried once more after the next one', async () => {
    const { server } = await nearlyFull();
    server.summarising({ status: 500 }, { text: ['last'], usage: { input: 900, output: 10 } });
    for (let turn = 1; turn <= 2; turn++) {
      expect((await server.chat('the last')).map(({ type }) => type)).not.toContain('error');
      await settled(server);
      expect(server.provider.seen.filter(isSummary)).toHaveLength(turn);
    }
    expect(server.host.logger.records.filter((record) => record.startsWith('warn a nearly full'))).toHaveLength(2);
  });
});

test('a window that nobody knows never counts as full', async () => {
  const server = await started();
  server.summarising({ text: ['what was'] }, { text: ['word '.repeat(200)], usage: { input: 10_000_000, output: 10 } });
  await server.talk(7);
  await settled(server);
  expect(compacted(server)).toBe(0);
});

const overflow = { status: 400, body: '{"error":{"message":"too long","code":"context_length_exceeded"}}' };

describe('V12: a history that the provider finds too long', () => {
  /** Refuses whatever holds the first question in its own words. */
  async function tooLong() {
    const server = await started();
    server.summarising({ text: ['what was'] });
    await server.talk(7);
    server.provider.script = (seen) => {
      if (isSummary(seen)) return { text: ['what was'] };
      return JSON.stringify(seen.body.messages).includes('question 0') ? overflow : { text: ['went on'] };
    };
    const types = async (message: string) =>
      (await server.chat(message)).map((event) => ('code' in event ? `${event.type} ${event.code}` : event.type));
    return { server, types };
  }

  test('is summarised once, and the turn goes on; the same summary then compacts the log', async () => {
    const { server, types } = await tooLong();
    expect(await types('too much')).toEqual([
      ...['user-message', 'turn-start', 'provider-retry overflow', 'text-delta', 'usage', 'step-complete', 'done', 'turn-sealed'],
    ]);
    await settled(server);
    expect(compacted(server)).toBe(1);
    expect(server.provider.seen.filter(isSummary)).toHaveLength(1);
    const shown = JSON.stringify((await server.history('c')).chunks.map(({ chunk }) => chunk));
    expect(shown).toContain('what was');
    expect(shown).not.toContain('question 0');
    expect(shown).toContain('too much');
    expect(shown).toContain('went on');
    expect(await types('and again')).not.toContain('provider-retry overflow');
  });

  test('and still too long in short is a typed failure, never a loop', async () => {
    const { server, types } = await tooLong();
    server.provider.script = (seen) => (isSummary(seen) ? { text: ['what was'] } : overflow);
    expect(await types('too much')).toEqual([
      'user-message',
      'turn-start',
      'provider-retry overflow',
      'error overflow',
      'done',
      'turn-sealed',
    ]);
    expect(server.provider.seen.filter(isSummary)).toHaveLength(1);
  });

  test('is left alone where compaction is off', async () => {
    const { server, types } = await tooLong();
    await server.ask('PUT', '/conversations/c/compact-percent', { threshold: 0 });
    expect(await types('too much')).toContain('error overflow');
    await settled(server);
    expect(server.provider.seen.filter(isSummary)).toHaveLength(0);
    expect(compacted(server)).toBe(0);
  });

  test('with nothing old in it is a typed failure', async () => {
    const server = await started();
    server.summarising({ text: ['what was'] }, overflow);
    expect(await server.chat('a very long first message')).toContainEqual(expect.objectContaining({ type: 'error', code: 'overflow' }));
  });
});
