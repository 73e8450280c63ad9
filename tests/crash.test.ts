import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { ChatEvent, ConversationsAnswer } from 'dispatch/wire';
import { folder, RealServer } from './real-server.fixture.js';
import { type Reply, ScriptedProvider, type Seen } from './scripted-provider.fixture.js';

const rounds = 50;
/** Servers that are killed at the same time, each with a folder of its own: most of a round is waiting. */
const lanes = 3;

/** What a client saw of a turn, and when (epoch milliseconds). */
type Sight = { at: number; event: ChatEvent }[];

const kinds = ['streaming', 'tool', 'sealing'] as const;

/** A turn that is long in the place where it is to be killed. */
function scriptFor(kind: (typeof kinds)[number]): (seen: Seen, nth: number) => Reply {
  const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i} `);
  if (kind === 'streaming') return () => ({ text: words(400), pace: 5 });
  if (kind === 'sealing') return () => ({ text: words(12), pace: 1 });
  return (seen) =>
    seen.body.messages.at(-1)?.role === 'tool'
      ? { text: words(50), pace: 5 }
      : {
          text: ['let me see'],
          calls: [
            { name: 'read_file', args: { path: 'a.txt' } },
            { name: 'run_shell', args: { command: 'sleep 1.2; echo done' } },
          ],
        };
}

/** Why a provider would refuse this list of messages; undefined when it would not. */
function problemOf({ messages }: Seen['body']): string | undefined {
  let open = new Set<string>();
  for (const [i, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id ?? '')) return `message ${i}: a result without its call right before`;
      continue;
    }
    if (open.size > 0) return `message ${i}: ${[...open]} unanswered`;
    if (message.role === 'assistant' && !message.content && !message.tool_calls?.length) return `message ${i}: empty`;
    open = new Set(message.tool_calls?.map((call) => call.id));
  }
  return open.size > 0 ? 'the last calls are unanswered' : undefined;
}

test(`killed at ${rounds} random moments, nothing acknowledged is lost and every conversation goes on`, async () => {
  const kept = { seen: 0, stored: 0 };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => killedAgainAndAgain(lane, kept)));
  expect(kept.seen).toBeGreaterThan(100);
  expect(kept.stored / kept.seen).toBeGreaterThanOrEqual(0.9);
}, 280_000);

/** Every so many rounds, from the given one on. */
async function killedAgainAndAgain(firstRound: number, kept: { seen: number; stored: number }): Promise<void> {
  const provider = await ScriptedProvider.listen();
  const dataDir = folder('crash');
  const cwd = folder('crash-work');
  writeFileSync(join(cwd, 'a.txt'), 'alpha\n');
  let server = await RealServer.start({ providerUrl: provider.baseUrl, dataDir, cwd });

  for (let round = firstRound; round < rounds; round += lanes) {
    const conversationId = `crash-${round}`;
    const kind = kinds[Math.floor(round / lanes) % kinds.length] ?? 'streaming';
    provider.script = scriptFor(kind);
    const sight: Sight = [];
    let begun: () => void = () => undefined;
    const began = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const turn = server
      .chat({ conversationId, message: `prompt ${round}` }, (event) => {
        sight.push({ at: Date.now(), event });
        if (event.type === 'turn-start') begun();
      })
      .catch(() => undefined);
    await began;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * (kind === 'sealing' ? 60 : 2200)));
    const killedAt = Date.now();
    await server.kill();
    await turn;

    server = await RealServer.start({ providerUrl: provider.baseUrl, dataDir, cwd });
    const { chunks } = await server.history(conversationId);
    expect(chunks[0]).toEqual({ seq: 1, role: 'user', chunk: { type: 'text', text: `prompt ${round}` } });
    expect(chunks.map(({ seq }) => seq)).toEqual(chunks.map((_, i) => i + 1));
    const stored = chunks.flatMap(({ role, chunk }) => (role === 'assistant' && chunk.type === 'text' ? chunk.text : [])).join('');
    const old = sight.flatMap(({ at, event }) => (event.type === 'text-delta' && at < killedAt - 1000 ? [event.delta] : []));
    kept.seen += old.length;
    kept.stored += old.filter((_, i) =>
      stored.includes(
        old
          .slice(0, i + 1)
          .join('')
          .slice(-200),
      ),
    ).length;
    for (const { event } of sight) {
      if (event.type !== 'tool-result') continue;
      expect(chunks.map(({ chunk }) => chunk)).toContainEqual(
        expect.objectContaining({ type: 'tool-result', toolCallId: event.toolCallId, content: event.content }),
      );
    }
    const active = await server.get<ConversationsAnswer>('/conversations?status=active,queued');
    expect(active.conversations).toEqual([]);

    provider.inTurn({ text: ['goes on'] });
    const next = await server.chat({ conversationId, message: 'and now' });
    expect(next.at(-1)?.type).toBe('turn-sealed');
    expect(problemOf(provider.seen[0]?.body ?? { model: '', messages: [] })).toBeUndefined();
  }

  await server.stop();
  await provider.close();
}
