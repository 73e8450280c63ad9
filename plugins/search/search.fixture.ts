/** What the tests of search share: a host with real storage, conversations and HTTP, and a clock that stands still. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock, EventListeners } from 'dispatch/kernel';
import { hostWith, testClock } from 'dispatch/testing';
import type { SearchAnswer, TurnEvent } from 'dispatch/wire';
import { Conversations, type OpenTurn } from '../conversation-store/contract.js';
import conversationStore from '../conversation-store/index.js';
import { Database } from '../storage-sqlite/contract.js';
import storage from '../storage-sqlite/index.js';
import { Routes } from '../transport-http/contract.js';
import { startServer } from '../transport-http/http-transport.fixture.js';
import search from './index.js';

const folders: string[] = [];
const stops: (() => Promise<unknown>)[] = [];

export async function cleanUp(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-search-')));
  folders.push(folder);
  return folder;
}

type Bare = { type: TurnEvent['type'] } & Record<string, unknown>;

/** `dataDir`: of a server that was stopped; `searching: false`: one without search; `slow`: whatever is timed took long. */
export async function started({ dataDir = tempFolder(), searching = true, slow = false } = {}) {
  const config = { dataDir, db: join(dataDir, 'dispatch.db'), cwd: dataDir };
  const clock = testClock();
  let elapsed = 0;
  if (slow) clock.elapsed = () => (elapsed += 1_000);
  const host = await hostWith([storage, conversationStore, ...(searching ? [search] : [])], { config, given: [[Clock, clock]] });
  const failed = host.status().filter(({ state }) => state === 'failed');
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  const server = await startServer(host.get(Routes).flatMap(({ routes }) => routes));
  const stop = async () => {
    await server.stop();
    await host.stop();
  };
  stops.push(stop);
  const [conversations, database] = [host.get(Conversations), host.get(Database)];
  const ask = async (query: Record<string, string | number>) => {
    const answer = await fetch(
      `${server.url}/search?${new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]))}`,
    );
    return { status: answer.status, body: (await answer.json()) as SearchAnswer & { error: string; code: string } };
  };
  let turns = 0;
  const open = async (conversationId: string, text: string, workspaceId?: string): Promise<OpenTurn & { turnId: string }> => {
    const turnId = `t${++turns}-${clock.now()}`;
    await clock.advance(1); // a moment of its own
    const turn = await conversations.openTurn({ conversationId, turnId, text, workspaceId, at: clock.now() });
    await turn.stored;
    return Object.assign(turn, { turnId });
  };
  const seal = async (conversationId: string, turn: OpenTurn & { turnId: string }, bare: readonly Bare[] = []) => {
    for (const event of bare) void turn.record({ ...event, conversationId, turnId: turn.turnId } as TurnEvent);
    await turn.seal('idle');
    for (const listener of host.get(EventListeners))
      listener.onEvent({ type: 'turn-sealed', conversationId, turnId: turn.turnId } as TurnEvent);
  };
  return {
    host,
    clock,
    stop,
    dataDir,
    conversations,
    database,
    ask,
    open,
    seal,
    rows: async (sql: string) => (await database.read((manager) => manager.query(sql))) as Record<string, unknown>[],
    /** Conversation and seq of each hit, in order. */
    found: async (q: string, more: Record<string, string | number> = {}) => {
      const { status, body } = await ask({ q, ...more });
      if (status !== 200) throw new Error(`${status}: ${body.error}`);
      return body.hits.map(({ conversationId, seq }) => `${conversationId} ${seq}`);
    },
    /** A whole turn: a question and an answer. */
    async say(conversationId: string, text: string, answer = '', workspaceId?: string) {
      const turn = await open(conversationId, text, workspaceId);
      await seal(conversationId, turn, answer ? [{ type: 'text-delta', delta: answer }] : []);
    },
    /** Everything before the last `kept` chunks becomes a summary. */
    async compact(conversationId: string, archiveId: string, kept: number, summary: string) {
      const log = await conversations.log(conversationId);
      if (!log) throw new Error('nothing to compact');
      const done = await conversations.compact({ conversationId, archiveId, of: log, keepFrom: log.latestSeq - kept + 1, summary });
      if (!done) throw new Error('it was not compacted');
    },
  };
}
