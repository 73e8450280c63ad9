import { afterEach, describe, expect, test } from '@jest/globals';
import type { CompactAnswer } from 'dispatch/wire';
import { cleanUp, isSummary, started } from './compaction.fixture.js';

afterEach(cleanUp);

const refused = (status: number, code: string, words: RegExp) => ({
  status,
  body: { error: expect.stringMatching(words), code },
});

describe('POST /conversations/:id/compact', () => {
  test('keeps the newest ten messages behind a summary, and everything in an archive', async () => {
    const server = await started();
    server.summarising({ text: ['They asked questions 0 to 2.'] });
    await server.talk(8);
    const before = await server.history('c');
    const { status, body } = await server.ask('POST', '/conversations/c/compact');
    const { newConversationId: archive, ...counts } = body as CompactAnswer;
    expect([status, counts]).toEqual([200, { conversationId: 'c', messagesSummarized: 6, messagesKept: 10 }]);

    const after = await server.history('c');
    expect(after.epoch).toBe(1);
    expect(after.chunks.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(after.chunks[0]).toMatchObject({
      role: 'user',
      chunk: { type: 'text', text: expect.stringContaining('They asked questions 0 to 2.') },
    });
    expect(after.chunks.slice(1).map(({ chunk }) => chunk)).toEqual(before.chunks.slice(6).map(({ chunk }) => chunk));
    expect((await server.history(archive)).chunks).toEqual(before.chunks);
    const { conversations } = (await server.ask('GET', '/conversations')).body as { conversations: Record<string, unknown>[] };
    expect(conversations).toMatchObject([
      { id: 'c', status: 'idle', compactedFrom: archive, epoch: 1, title: 'question 0' },
      { id: archive, status: 'closed', title: 'question 0' },
    ]);
    expect(server.events.filter(({ type }) => type === 'conversation.compacted')).toEqual([{ type: 'conversation.compacted', ...body }]);
  });

  test('asks the conversation’s own model, without tools, for what is to go', async () => {
    const server = await started();
    server.summarising({ text: ['short'] });
    await server.ask('PUT', '/conversations/c/model', { model: 'mock/mock-2' });
    await server.talk(2);
    await server.ask('POST', '/conversations/c/compact', { keepLastN: 1 });
    const { body } = server.provider.seen.at(-1) ?? {};
    expect([body?.model, body?.tools]).toEqual(['mock-2', undefined]);
    const shown = JSON.stringify(body?.messages);
    expect(shown).toContain('question 1');
    await server.ask('POST', '/conversations/c/compact', { keepLastN: 1, modelName: 'mock/mock-1' });
    expect(server.provider.seen.at(-1)?.body.model).toBe('mock-1');
  });

  test('shows the model the summary from then on, and goes on as before', async () => {
    const server = await started();
    server.summarising({ text: ['what was'] });
    await server.talk(3);
    await server.ask('POST', '/conversations/c/compact', { keepLastN: 2 });
    await server.chat('and now');
    expect(server.provider.seen.at(-1)?.body.messages.map(({ role, content }) => [role, String(content).slice(-10)])).toEqual([
      ['user', '\n\nwhat was'],
      ['user', 'question 2'],
      ['assistant', 'word word '],
      ['user', 'and now'],
    ]);
    expect((await server.history('c')).chunks.at(-1)?.seq).toBe(5);
  });

  test.each<[string, Parameters<Awaited<ReturnType<typeof started>>['summarising']>[0], ReturnType<typeof refused>]>([
    ['an error of the provider', { status: 500 }, refused(502, 'compact-provider', /could not summarise/)],
    ['an empty summary', { text: [' \n'] }, refused(502, 'compact-provider', /is empty/)],
    ['a summary that was cut off', { text: ['so'], finish: 'length' }, refused(502, 'compact-provider', /cut off/)],
    [
      'a stream that broke',
      { text: ['so', 'on'], fault: { after: 1, kind: 'reset' } },
      refused(502, 'compact-provider', /could not summarise/),
    ],
    ['a summary that is no smaller', { text: ['x'.repeat(5_000)] }, refused(422, 'compact-larger', /not smaller/)],
    ['a call of a tool that was never offered', { calls: [{ name: 'run', args: {} }] }, refused(502, 'compact-provider', /is empty/)],
  ])('changes nothing after %s', async (_, reply, answer) => {
    const server = await started();
    server.summarising(reply);
    await server.talk(3);
    const before = await server.history('c');
    expect(await server.ask('POST', '/conversations/c/compact', { keepLastN: 2 })).toEqual(answer);
    expect(await server.history('c')).toEqual(before);
    expect((await server.ask('GET', '/conversations')).body.conversations).toHaveLength(1);
    expect(server.events.filter(({ type }) => type === 'conversation.compacted')).toEqual([]);
  });

  test('refuses what is too short, unknown, or asked for wrongly, and asks no model', async () => {
    const server = await started();
    await server.chat('hello');
    const asked = server.provider.seen.length;
    expect(await server.ask('POST', '/conversations/c/compact')).toEqual(refused(422, 'compact-short', /too short/));
    expect(await server.ask('POST', '/conversations/nobody/compact')).toEqual(refused(404, 'compact-unknown', /no conversation/));
    expect(await server.ask('POST', '/conversations/c/compact', { keepLastN: 1, modelName: 'none/such' })).toEqual(
      refused(400, 'compact-model', /unknown model: none\/such/),
    );
    for (const body of [{ keepLastN: 0 }, { keepLastN: 1.5 }, { keepLastN: '3' }, { modelName: ' ' }, []])
      expect((await server.ask('POST', '/conversations/c/compact', body)).status).toBe(400);
    expect(server.provider.seen).toHaveLength(asked);
  });

  test('refuses while a turn runs, and while another compaction does', async () => {
    const server = await started();
    let release: (value?: unknown) => void = () => undefined;
    const hold = new Promise((resolve) => {
      release = resolve;
    });
    server.summarising({ text: ['short'], hold });
    await server.talk(2);
    const first = server.ask('POST', '/conversations/c/compact', { keepLastN: 1 });
    while (!server.provider.seen.some(isSummary)) await new Promise((resolve) => setImmediate(resolve));
    expect(await server.ask('POST', '/conversations/c/compact', { keepLastN: 1 })).toEqual(refused(409, 'compact-busy', /already/));
    release();
    expect((await first).status).toBe(200);

    server.provider.script = () => ({ text: ['slow'], hold: new Promise((resolve) => (release = resolve)) });
    const turn = server.chat('slowly');
    while (!server.turns.running('c')) await new Promise((resolve) => setImmediate(resolve));
    expect(await server.ask('POST', '/conversations/c/compact', { keepLastN: 1 })).toEqual(
      refused(409, 'compact-busy', /a turn is running/),
    );
    while (server.provider.seen.length < 4) await new Promise((resolve) => setImmediate(resolve));
    release();
    await turn;
  });

  test('gives way to who speaks while it summarises: their turn stands, the history stays', async () => {
    const server = await started();
    let release: (value?: unknown) => void = () => undefined;
    server.summarising({ text: ['short'], hold: new Promise((resolve) => (release = resolve)) });
    await server.talk(2);
    const compacting = server.ask('POST', '/conversations/c/compact', { keepLastN: 1 });
    while (!server.provider.seen.some(isSummary)) await new Promise((resolve) => setImmediate(resolve));
    await server.chat('meanwhile');
    release();
    expect(await compacting).toEqual(refused(409, 'compact-changed', /meanwhile|spoke/));
    expect((await server.history('c')).chunks).toHaveLength(6);
  });

  test('a transcript that is too long for the model is made shorter, a few times', async () => {
    const server = await started();
    const overflow = { status: 400, body: '{"error":{"message":"maximum context length is 10 tokens","code":"context_length_exceeded"}}' };
    let left = 2;
    server.provider.script = (seen) =>
      !isSummary(seen) ? { text: ['word '.repeat(90_000)] } : left-- > 0 ? overflow : { text: ['short'] };
    await server.talk(2);
    expect((await server.ask('POST', '/conversations/c/compact', { keepLastN: 1 })).status).toBe(200);
    const sizes = server.provider.seen.filter(isSummary).map(({ raw }) => raw.length);
    expect(sizes).toHaveLength(3);
    expect(sizes[2]).toBeLessThan((sizes[0] as number) / 2);
    left = 99;
    expect((await server.ask('POST', '/conversations/c/compact', { keepLastN: 1 })).status).toBe(502);
  });
});
