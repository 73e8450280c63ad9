#!/usr/bin/env node
// Fills the database of a server that was started once, and stopped: node bench/make-history.mjs DATA_FOLDER
// Many conversations with many chunks, one of them very long, and the search index of what was said in them.
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import sqlite3 from 'sqlite3';
import { dice, pool, rareWord } from './history-words.mjs';

const day = 24 * 60 * 60 * 1000;
const began = Date.UTC(2024, 0, 1);
const rowsAtOnce = 4000;
/** How many conversations go on at the same time. */
const side = 16;

const inserts = {
  conversation: `INSERT INTO conversation (key, id, workspaceId, createdAt, lastActivityAt, title, status, listed, epoch)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, 1, 0 FROM json_each(?)`,
  turn: `INSERT INTO turn (key, id, conversation, firstSeq, startedAt, sealedAt, reason, usage, steps, durationMs, contextSize)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, 'stop', value ->> 6, value ->> 7, 9000, 4000
    FROM json_each(?)`,
  chunk: `INSERT INTO chunk (conversation, seq, role, body, turn, message, step)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 FROM json_each(?)`,
  search_entry: `INSERT INTO search_entry (key, conversation, seq) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`,
  search_text: `INSERT INTO search_text (rowid, words) SELECT value ->> 0, value ->> 1 FROM json_each(?)`,
};

/** Answers what measurements need to know of it. `chunks` counts all, `longest` those of the longest conversation. */
export async function makeHistory(file, { conversations = 10_000, chunks = 1_000_000, longest = 6_000 } = {}) {
  const connection = await open(file);
  const run = (sql, values = []) => new Promise((done, fail) => connection.run(sql, values, (error) => (error ? fail(error) : done())));
  const waiting = Object.fromEntries(Object.keys(inserts).map((table) => [table, []]));
  const flush = async (table) => {
    await run(inserts[table], [JSON.stringify(waiting[table])]);
    waiting[table].length = 0;
  };
  const add = async (table, row) => {
    if (waiting[table].push(row) >= rowsAtOnce) await flush(table);
  };
  for (const pragma of ['journal_mode = MEMORY', 'synchronous = OFF', 'cache_size = -262144', 'foreign_keys = OFF'])
    await run(`PRAGMA ${pragma}`);
  await run('BEGIN');
  const plan = planned({ conversations, chunks, longest });
  await run('INSERT OR IGNORE INTO workspace SELECT value, value, NULL, ?, ? FROM json_each(?)', [
    ...[began, began],
    JSON.stringify([...new Set(plan.map(({ workspaceId }) => workspaceId))]),
  ]);
  for (const { key, id, workspaceId, createdAt, lastActivityAt, status } of plan)
    await add('conversation', [key, id, workspaceId, createdAt, lastActivityAt, `Title of conversation ${key}`, status]);
  await flush('conversation');

  const saying = sayings();
  let [turns, entries, rare] = [0, 0, 0];
  for (let from = 0; from < plan.length; from += side) {
    let going = plan.slice(from, from + side);
    while (going.length > 0) {
      for (const conversation of going) {
        const turn = ++turns;
        const at = conversation.createdAt + conversation.seq * 1000;
        const stepId = `t${turn}#0`;
        const usage = { inputTokens: 4000, outputTokens: 300 };
        const figures = [JSON.stringify(usage), JSON.stringify([{ stepId, usage, ttftMs: 300, decodeMs: 3000, genTotalMs: 3300 }])];
        await add('turn', [turn, `t${turn}`, conversation.key, conversation.seq + 1, at, at + 9000, ...figures]);
        for (const [role, chunk, step] of saying(Math.min(conversation.left, 14), turn)) {
          conversation.seq++;
          conversation.left--;
          await add('chunk', [conversation.key, conversation.seq, role, JSON.stringify(chunk), turn, conversation.seq, step]);
          if (chunk.type !== 'text') continue;
          if (chunk.text.endsWith(rareWord)) rare++;
          await add('search_entry', [++entries, conversation.key, conversation.seq]);
          await add('search_text', [entries, chunk.text]);
        }
      }
      going = going.filter(({ left }) => left > 0);
    }
  }
  for (const table of Object.keys(inserts)) await flush(table);
  await run('UPDATE search_progress SET turn = ?, conversation = ?', [turns, plan.length]);
  await run('COMMIT');
  await run('PRAGMA journal_mode = WAL');
  await new Promise((done) => connection.close(done));
  const byLength = [...plan].sort((a, b) => b.seq - a.seq);
  return {
    ...{ turns, texts: entries, rare, chunks: plan.reduce((sum, { seq }) => sum + seq, 0), longest: byLength[0] },
    ...{ ids: plan.map(({ id }) => id), workspaces: [...new Set(plan.map(({ workspaceId }) => workspaceId))] },
  };
}

function open(file) {
  return new Promise((done, fail) => {
    const connection = new sqlite3.Database(file, sqlite3.OPEN_READWRITE, (error) => (error ? fail(error) : done(connection)));
  });
}

/** Who there is: few long conversations and many short ones, in workspaces of very different size, oldest first. */
function planned({ conversations, chunks, longest }) {
  const next = dice(3);
  const weights = Array.from({ length: conversations - 1 }, () => 1 / (0.02 + next()));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const lengths = weights.map((weight) => Math.max(2, Math.floor((weight / all) * (chunks - longest))));
  lengths.splice(Math.floor(conversations * 0.7), 0, longest);
  lengths[0] += chunks - lengths.reduce((sum, length) => sum + length, 0);
  return lengths.map((left, index) => {
    const createdAt = began + Math.floor((index / conversations) * 500 * day);
    const hex = Math.floor(next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
    return {
      ...{ key: index + 1, id: `${hex}-0000-4000-8000-${String(index).padStart(12, '0')}`, left, seq: 0, createdAt },
      ...{ lastActivityAt: createdAt + left * 1000, status: next() < 0.3 ? 'closed' : 'idle' },
      workspaceId: next() < 0.5 ? 'default' : `project-${Math.floor(12 * next() ** 2)}`,
    };
  });
}

/** What is said in a turn of so many chunks at most: a question, thoughts, tools, an answer. */
function sayings() {
  const next = dice(11);
  const cut = pool();
  const words = (least, most) => cut(next(), Math.floor(least + (most - least) * next() ** 3));
  return (room, turn) => {
    const asked = turn % 5000 === 17 ? `${words(5, 120)} ${rareWord}` : words(5, 120);
    const said = [['user', { type: 'text', text: asked }, null]];
    const steps = Math.floor(next() * 4);
    for (let step = 0; step < steps && said.length + 5 <= room; step++) {
      const toolCallId = `call-${turn}-${step}`;
      const of = { toolCallId, toolName: 'read_file', stepId: `t${turn}#${step}` };
      said.push(['assistant', { type: 'thinking', text: words(10, 150) }, step]);
      if (next() < 0.5) said.push(['assistant', { type: 'text', text: words(5, 40) }, step]);
      said.push(['assistant', { type: 'tool-call', ...of, input: { path: `src/${word3(next)}.ts` } }, step]);
      said.push(['tool', { type: 'tool-result', ...of, content: words(10, 500), isError: false }, step]);
    }
    if (said.length < room) said.push(['assistant', { type: 'text', text: words(10, 400) }, steps]);
    return said;
  };
}

const word3 = (next) => Math.floor(next() * 46_656).toString(36);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { conversations: { type: 'string' }, chunks: { type: 'string' }, longest: { type: 'string' } },
  });
  const [folder] = positionals;
  if (!folder) {
    process.stderr.write(
      'Which data folder? node bench/make-history.mjs FOLDER [--conversations 10000] [--chunks 1000000] [--longest 6000]\n',
    );
    process.exit(2);
  }
  const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
  const { ids, longest, ...made } = await makeHistory(join(resolve(folder), 'dispatch.db'), given);
  process.stdout.write(`${JSON.stringify({ ...made, conversations: ids.length, longest: longest.id })}\n`);
}
