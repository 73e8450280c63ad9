import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChatEvent } from 'dispatch/wire';
import { muteProvider } from '../plugins/provider-openai-compat/scripted-provider.fixture.js';
import { begin, frame, gate, json, lastFrame, of, pieces, type RawProvider, rawProvider, says, sse, until } from './provider.fixture.js';
import { RealServer } from './real-server.fixture.js';

let provider: RawProvider;
let mute: Awaited<ReturnType<typeof muteProvider>>;
let server: RealServer;
const credential = (baseURL: string) => ({ provider: 'openai-compat', baseURL, apiKey: 'sk-test-0123456789' });

beforeAll(async () => {
  provider = await rawProvider();
  mute = await muteProvider();
  server = await RealServer.start({
    userConfig: {
      credentials: {
        raw: { ...credential(provider.baseURL), defaultModel: 'm' },
        mute: { ...credential(mute.baseURL), models: ['m'] },
        one: { ...credential(provider.baseURL), maxConcurrent: 1 },
      },
    },
  });
});
afterEach(() => provider.answer(says('ok')));
afterAll(async () => {
  await server.stop();
  await provider.close();
  await mute.close();
});

let serial = 0;
/** Runs a turn and stops it as soon as `ready`; then the next turn has to work. */
async function stopped(ready: (seen: ChatEvent[]) => boolean, { model = 'raw/m', conversationId = `stop-${++serial}` } = {}) {
  const seen: ChatEvent[] = [];
  const running = server.chat({ conversationId, message: 'go', model }, (event) => seen.push(event));
  await until(() => ready(seen));
  expect(await server.post(`/conversations/${conversationId}/stop`)).toEqual({ conversationId, abortedTurn: true });
  const events = await running;
  expect(of(events, 'done')).toMatchObject([{ reason: 'aborted' }]);
  expect(of(events, 'error')).toEqual([]);
  expect(events.at(-1)?.type).toBe('turn-sealed');
  expect(await server.get(`/conversations/${conversationId}/status`)).toEqual({ conversationId, isActive: false, status: 'idle' });
  const { chunks } = await server.history(conversationId);
  const calls = chunks.flatMap(({ chunk }) => (chunk.type === 'tool-call' ? [chunk.toolCallId] : []));
  const answered = chunks.flatMap(({ chunk }) => (chunk.type === 'tool-result' ? [chunk.toolCallId] : []));
  expect(answered).toEqual(calls);
  provider.answer(says('next'));
  const next = await server.chat({ conversationId, message: 'again', model: 'raw/m' });
  expect(of(next, 'done')).toMatchObject([{ reason: 'stop' }]);
  return { events, chunks: chunks.map(({ chunk }) => chunk) };
}

describe('V13: stopped in any state, the socket goes, the log is settled and the next turn works', () => {
  test('V13: while the connection is made', async () => {
    await stopped(() => mute.open() > 0, { model: 'mute/m' });
    await mute.quiet();
  });

  test('V13: while the headers of the answer are awaited', async () => {
    const closed = gate();
    provider.answer((response) => void response.once('close', closed.open));
    await stopped(() => provider.asked().length > 0);
    await closed.opened;
  });

  test('V13: while the answer streams', async () => {
    const closed = gate();
    provider.answer(
      (response) =>
        void begin(response)
          .once('close', closed.open)
          .write(frame({ content: 'half' })),
    );
    const { chunks } = await stopped((seen) => of(seen, 'text-delta').length > 0);
    await closed.opened;
    expect(chunks).toEqual([
      { type: 'text', text: 'go' },
      { type: 'text', text: 'half' },
    ]);
  });

  test('V13: while the arguments of a call stream', async () => {
    const closed = gate();
    provider.answer((response) => {
      begin(response).once('close', closed.open);
      response.write(frame({ content: 'look: ' }) + pieces({ index: 0, id: 'c', name: 'run_shell', args: '{"comm' }));
    });
    await stopped((seen) => of(seen, 'text-delta').length > 0);
    await closed.opened;
  });

  test('V13: while a tool runs', async () => {
    const args = JSON.stringify({ command: 'echo begun; sleep 1000' });
    provider.answer((response) =>
      sse(response, pieces({ index: 0, id: 'c', name: 'run_shell', args }), frame({}, 'tool_calls'), lastFrame),
    );
    const { chunks } = await stopped((seen) => of(seen, 'tool-output').length > 0);
    expect(chunks.at(-1)).toMatchObject({ type: 'tool-result', isError: true, content: expect.stringContaining('aborted') });
  });

  test('V13: while it waits for another try', async () => {
    provider.answer((response) => json(response, 429, {}, { 'retry-after': '200' }));
    const { events } = await stopped((seen) => of(seen, 'provider-retry').length > 0);
    expect(of(events, 'provider-retry')).toMatchObject([{ delayMs: 200_000 }]);
  });

  test('V13: while it waits in line', async () => {
    const go = gate();
    provider.answer(async (response) => {
      begin(response).write(frame({ content: 'a' }));
      await go.opened;
      response.end(frame({}, 'stop') + lastFrame);
    });
    const first = server.chat({ conversationId: 'in-front', message: 'go', model: 'one/m' });
    await until(() => provider.asked().length > 0);
    const conversationId = 'in-line';
    const queued = async () => (await server.get<{ status?: string }>(`/conversations/${conversationId}/status`)).status === 'queued';
    let waits = false;
    void until(queued).then(() => {
      waits = true;
    });
    await stopped(() => waits, { model: 'one/m', conversationId });
    go.open();
    expect(of(await first, 'done')).toMatchObject([{ reason: 'stop' }]);
  });

  test('V13: while its history is summarised', async () => {
    const conversationId = 'summarised';
    for (let i = 0; i < 7; i++) {
      provider.answer(says('word '.repeat(200)));
      await server.chat({ conversationId, message: `question ${i}` });
    }
    const summary = gate();
    const closed = gate();
    provider.answer((response, { text }) => {
      if (!text.includes('<transcript>')) return json(response, 400, { error: { message: 'too long', code: 'context_length_exceeded' } });
      response.once('close', closed.open);
      summary.open();
    });
    let begun = false;
    void summary.opened.then(() => {
      begun = true;
    });
    await stopped(() => begun, { conversationId });
    await closed.opened;
  });
});
