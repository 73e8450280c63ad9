import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ChatEvent, CompactAnswer, HistoryAnswer, Surface } from 'dispatch/wire';
import { belowHome } from './process-scan.fixture.js';
import { folder, RealServer, root } from './real-server.fixture.js';
import { historyOf, problemOf } from './replay.fixture.js';
import { type Reply, ScriptedProvider } from './scripted-provider.fixture.js';

/** One step of the model: its calls, and what each must be answered with. */
type Step = { name: string; args: unknown; answer: RegExp }[];
const one = (name: string, args: unknown, answer: RegExp): Step => [{ name, args, answer }];
const read = (path: string, answer = /^1: /, window = {}) => one('read_file', { path, ...window }, answer);
const edit = (path: string, oldString: string, newString: string, answer = /^edited /) =>
  one('edit_file', { path, oldString, newString }, answer);
const shell = (command: string, answer: RegExp) => one('run_shell', { command }, answer);
const todo = (...states: string[]) =>
  one('todo_write', { todos: states.map((status, i) => ({ content: `part ${i + 1}`, status })) }, /to do|done/);

let provider: ScriptedProvider;
let server: RealServer;
/** A copy of this very project. */
const clone = folder('clone');
const git = (...args: string[]) => execFileSync('git', ['-C', clone, ...args], { encoding: 'utf8' });

beforeAll(async () => {
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', root, clone]);
  provider = await ScriptedProvider.listen();
  server = await RealServer.start({ providerUrl: provider.baseUrl });
});
afterAll(async () => {
  await server.stop();
  await provider.close();
});

const conversationId = 'long';
let steps = 0;

/** A turn that takes these steps; answers its events once all went as they should. */
async function work(message: string, ...plan: Step[]): Promise<ChatEvent[]> {
  const replies: Reply[] = plan.map((step, i) => ({
    text: [`Step ${i + 1}: `, 'let me see.'],
    calls: step.map(({ name, args }, n) => ({ id: `${message}-${i}-${n}`, name, args })),
  }));
  provider.inTurn(...replies, { text: [`Done with "${message}".`] });
  const events = await server.chat({ conversationId, message, cwd: clone });
  expect(events.at(-2)).toMatchObject({ type: 'done', reason: 'stop' });
  for (const { body } of provider.seen) expect(problemOf(body)).toBeUndefined();
  const answers = new Map(events.flatMap((event) => (event.type === 'tool-result' ? [[event.toolCallId, event.content]] : [])));
  for (const [i, step] of plan.entries())
    for (const [n, { answer }] of step.entries()) expect(answers.get(`${message}-${i}-${n}`)).toMatch(answer);
  steps += plan.length + 1;
  return events;
}

const withoutSeq = ({ chunks }: HistoryAnswer) => chunks.map(({ role, chunk }) => ({ role, chunk }));
const gapFree = ({ chunks }: HistoryAnswer) => expect(chunks.map(({ seq }) => seq)).toEqual(chunks.map((_, i) => i + 1));

/** Compacts; checks that the archive is what was there, and that the end of it stayed. Answers the history that is left. */
async function compact(before: ReturnType<typeof withoutSeq>) {
  provider.inTurn({ text: ['Files get a first line; a test in endurance/ checks it.'] });
  const { newConversationId } = await server.post<CompactAnswer>(`/conversations/${conversationId}/compact`, { keepLastN: 6 });
  const [archive, left] = [await server.history(newConversationId), await server.history(conversationId)];
  gapFree(archive);
  gapFree(left);
  expect(withoutSeq(archive)).toEqual(before);
  const [summary, ...kept] = withoutSeq(left);
  expect(summary?.chunk).toMatchObject({ text: expect.stringContaining('Files get a first line') });
  expect(kept.length).toBeGreaterThan(0);
  expect(kept).toEqual(before.slice(-kept.length));
  return withoutSeq(left);
}

test('sixty steps in a copy of this project, with compaction in between: the edit is right and the log replays', async () => {
  const files = git('ls-files', 'kernel/turn/*.ts', 'kernel/bus/*.ts').trim().split('\n').slice(0, 8);
  expect(files.length).toBe(8);
  const before = new Map(files.map((path) => [path, readFileSync(join(clone, path), 'utf8')]));
  const firstLine = (path: string) => before.get(path)?.split('\n')[0] as string;
  /** Enough of the beginning to be found once. */
  const opening = (path: string) => {
    const text = before.get(path) as string;
    let length = firstLine(path).length;
    while (text.split(text.slice(0, length)).length > 2) length++;
    return text.slice(0, length);
  };
  const mark = (path: string) => `// endurance: ${path}`;
  const give = (path: string) => edit(path, opening(path), `${mark(path)}\n${opening(path)}`);
  const check = `import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
for (const path of ${JSON.stringify(files)})
  test(path, () => assert.equal(readFileSync(path, 'utf8').split('\\n')[0], '// endurance: ' + path));
`;
  const runTest = (passing: number) => shell('node --test --test-reporter=tap endurance', new RegExp(`# pass ${passing}\\n`));
  const [a, b, ...rest] = files as [string, string, ...string[]];

  let expected = historyOf(
    await work(
      'look around',
      todo('in_progress', 'pending', 'pending'),
      one('glob', { pattern: 'kernel/**/*.ts' }, /kernel\/turn\//),
      one('grep', { pattern: 'export (class|function)', path: 'kernel', glob: '*.ts', filesOnly: true }, /kernel\//),
      one('grep', { pattern: 'runTurn', literal: true, context: 1 }, /run-turn/),
      read('.', /kernel\//),
      read('package.json', /"name": "dispatch"/),
      read('README.md', /^3: /, { offset: 3, limit: 5 }),
      [...read(a), ...read(b), ...one('glob', { pattern: '*.md' }, /README\.md/)],
      ...rest.map((path) => read(path)),
      shell('git status --short', /^\(no output\)/),
      shell('git log --oneline | head -1; node --version', /v\d+\./),
      read('no/such/file.ts', /no such|not exist|does not/i),
      todo('completed', 'in_progress', 'pending'),
    ),
  );
  gapFree(await server.history(conversationId));
  expect(withoutSeq(await server.history(conversationId))).toEqual(expected);

  const second = await work(
    'test first, then half of the edit',
    one('write_file', { path: 'endurance/header.test.mjs', content: check }, /folder endurance does not exist/),
    shell('mkdir endurance', /exit code 0/),
    one('write_file', { path: 'endurance/header.test.mjs', content: check }, /^wrote /),
    runTest(0),
    ...files.slice(0, 4).flatMap((path) => [read(path, /^1: /, { limit: 20 }), give(path)]),
    runTest(4),
    one('write_file', { path: 'endurance/header.test.mjs', content: 'x' }, /exists already/),
  );
  expected = await compact([...expected, ...historyOf(second)]);

  const [, , , , fifth, ...last] = files as [string, string, string, string, string, ...string[]];
  const third = await work(
    'the other half, with slips',
    one('grep', { pattern: '^// endurance', path: 'kernel', filesOnly: true }, new RegExp(a)),
    edit(fifth, 'this line is nowhere in the file', 'x', /not (found|in)|no match|nearest|does not occur/i),
    read(fifth),
    edit(fifth, ' ', '  ', /occurs (at least )?\d+ times/),
    edit(fifth, opening(fifth), `// endurance: wrong\n${opening(fifth)}`),
    runTest(4),
    read(fifth, /^1: \/\/ endurance: wrong/, { limit: 3 }),
    edit(fifth, '// endurance: wrong', mark(fifth)),
    runTest(5),
    shell(`printf '\\n' >> ${last[0]}`, /exit code 0/),
    edit(last[0] as string, opening(last[0] as string), 'x', /conflict|changed by somebody else/),
    shell(`git checkout -- ${last[0]}`, /exit code 0/),
    ...last.flatMap((path) => [read(path, /^1: /, { limit: 20 }), give(path)]),
    runTest(8),
    todo('completed', 'completed', 'in_progress'),
  );
  expected = await compact([...expected, ...historyOf(third)]);

  const fourth = await work(
    'look at it once more, and clean up',
    shell('seq 1 60000', /The whole result is in \S+; read_file reads it/),
    shell('git diff --stat', /8 files changed, 8 insertions/),
    shell('git diff', /\+\/\/ endurance: /),
    one('write_file', { path: 'endurance/notes.md', content: 'one\n' }, /^wrote /),
    one('write_file', { path: 'endurance/notes.md', content: 'two\n', overwrite: true }, /^replaced /),
    edit('endurance/notes.md', 'two', 'three'),
    shell('cat endurance/notes.md; rm endurance/notes.md', /^three\n/),
    runTest(8),
    todo('completed', 'completed', 'completed'),
  );
  expected = [...expected, ...historyOf(fourth)];
  expect(steps).toBeGreaterThanOrEqual(60);

  for (const path of files) expect(readFileSync(join(clone, path), 'utf8')).toBe(`${mark(path)}\n${before.get(path)}`);
  expect(git('diff', '--numstat').trim().split('\n').sort()).toEqual(files.map((path) => `1\t0\t${path}`).sort());
  expect(
    git('status', '--short', '--untracked-files=all')
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('??')),
  ).toEqual(['?? endurance/header.test.mjs']);
  expect(readFileSync(join(clone, 'endurance/header.test.mjs'), 'utf8')).toBe(check);
  expect(existsSync(join(clone, 'endurance/notes.md'))).toBe(false);
  expect(git('fsck', '--no-dangling', '--no-progress')).toBe('');

  const history = await server.history(conversationId);
  gapFree(history);
  expect(withoutSeq(history)).toEqual(expected);
  const { fields } = await server.get<Surface>(`/surfaces/todo?conversationId=${conversationId}`);
  expect(JSON.stringify(fields).match(/"completed"/g)?.length).toBe(3);
  expect(belowHome(join(server.cwd, '.home'), server.process.pid)).toEqual([]);

  // What the next turn sends is what this one sent, and what came of it; also by a server that has only the log.
  const talk = () => provider.seen.at(-1)?.body.messages.filter(({ role }) => role !== 'system') ?? [];
  const sent = talk();
  await work('and on');
  expect(talk().slice(0, sent.length)).toEqual(sent);
  const again = talk();
  await server.stop();
  server = await RealServer.start({ providerUrl: provider.baseUrl, dataDir: server.dataDir, cwd: server.cwd });
  expect(withoutSeq(await server.history(conversationId)).slice(0, expected.length)).toEqual(expected);
  await work('and on after a restart');
  expect(talk().slice(0, again.length)).toEqual(again);
});
