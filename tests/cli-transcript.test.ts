import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StatusAnswer } from 'dispatch/wire';
import { commands } from '../apps/cli/commands/index.js';
import { hasTerminal } from './cli.fixture.js';
import { page, type Shown, type Step, shown } from './cli-transcript.fixture.js';
import { RealServer, root } from './real-server.fixture.js';

const file = join(root, 'docs/cli-transcript.md');
let server: RealServer;
beforeAll(async () => {
  server = await RealServer.start();
  writeFileSync(join(server.cwd, 'notes.txt'), 'Buy milk.\nCall Ada.\n');
});
afterAll(() => server.stop());

type Waiting = { queue: { id: string }[] };

/** A conversation with a turn that runs for long; answers the id of a message that waits in it. */
async function busy(): Promise<string> {
  const { isActive } = await server.get<Partial<StatusAnswer>>('/conversations/busy/status');
  if (!isActive) await server.post('/conversations/busy/queue', { text: 'run sleep 60' });
  const { queue } = await server.get<Waiting>('/conversations/busy/queue');
  const [first] = queue.length > 0 ? queue : (await server.post<Waiting>('/conversations/busy/queue', { text: 'read notes.txt' })).queue;
  return first?.id ?? '';
}
/** A conversation that is long enough to be compacted. */
async function long(): Promise<void> {
  for (let i = 0; i < 6; i++) await server.chat({ conversationId: 'long', message: `read notes.txt`, model: 'offline/tools' });
}
const noGreeter = async (): Promise<void> => rmSync(join(server.cwd, 'greeter'), { recursive: true, force: true });
const idle = (): Promise<unknown> => server.post('/conversations/busy/stop');

const conversation = ['--conversation', 'first'];
const steps: Step[] = [
  { args: ['--help'] },
  { args: ['models'] },
  { args: ['offline/tools', '--text', 'read notes.txt', ...conversation] },
  { args: ['chat', '--text', 'reason: run echo one; echo two >&2', '--show-reasoning', ...conversation] },
  { args: ['offline/echo', '--file', '-', '--effort', 'low', ...conversation], input: 'from standard input' },
  { args: ['offline/tools', '--text', 'fail 401', ...conversation], code: 1 },
  { args: ['list'] },
  { args: ['list', 'fir', '--status', 'idle', '--workspace', 'default'] },
  { args: ['list', '--all'] },
  { args: ['read', 'first', '--limit', '4'] },
  { args: ['read', 'first', '--last'] },
  { args: ['send', 'first', '--text', 'list .', '--open'] },
  { args: ['send', 'busy', '--text', 'hello'], code: 1, before: busy },
  { args: ['send', 'busy', '--text', 'hello', '--queue'], before: busy },
  { args: ['queue', 'list', 'busy'], before: busy },
  { args: ['queue', 'edit', 'busy', 'MESSAGE', '--text', 'and then list .'], before: busy },
  { args: ['queue', 'cancel', 'busy', 'MESSAGE'], before: busy },
  { args: ['stop', 'busy'], before: busy },
  { args: ['stop', 'busy'], before: idle },
  { args: ['compact', 'busy'], code: 1, before: idle },
  { args: ['compact', 'long'], before: long },
  { args: ['open', 'first'] },
  { args: ['search', 'milk', '--limit', '3'] },
  { args: ['workspace', 'set', 'notes', '--title', 'My notes'] },
  { args: ['workspace', 'list'] },
  { args: ['workspace', 'delete', 'notes'], before: () => fetch(`${server.url}/workspaces/notes`, { method: 'PUT' }) },
  { args: ['prompt', 'show'] },
  { args: ['prompt', 'set', '--text', 'You work in [prompt:cwd].'] },
  { args: ['prompt', 'variables'] },
  { args: ['plugins'] },
  { args: ['plugin', 'list'] },
  { args: ['plugin', 'show', 'provider-offline'] },
  { args: ['plugin', 'disable', 'tool-write-file'] },
  { args: ['plugin', 'enable', 'tool-write-file'] },
  { args: ['plugin', 'reload', 'tool-write-file'] },
  { args: ['plugin', 'disable', 'conversation-store'], code: 1 },
  { args: ['plugin', 'new', 'greeter'], before: noGreeter },
  { args: ['plugin', 'inspect', 'greeter'] },
  { args: ['plugin', 'test', 'greeter', '--no-calls'] },
  { args: ['run'] },
  { args: ['run', 'nothing'], code: 1 },
  { args: ['plugin', 'packages'] },
  { args: ['plugin', 'add', 'https://example.com/dice.tgz', '--yes'], code: 1 },
  { args: ['plugin', 'remove', 'dice'], code: 1 },
  { args: ['config', 'show', 'turn'] },
  { args: ['config', 'explain', 'http.port'] },
  { args: ['config', 'path'] },
  { args: ['trust', '--list'] },
  { args: ['token'] },
  { args: ['token', 'path'] },
  { args: ['token', 'rotate'] },
  { args: ['launch'] },
  { args: ['completion', 'bash'] },
  { args: ['close', 'first'] },
  { args: ['read', 'nothing'], code: 1 },
  { args: ['lst'], code: 2 },
  { args: ['chat', '--text', 'hi', '--effort', 'banana'], code: 2 },
  { args: ['models', '--api-key', 'sk-secret'], code: 2 },
  { args: ['models', '--server', 'http://127.0.0.1:9'], code: 3 },
];

describe('the whole command line, against a real server', () => {
  const all: Shown[] = [];
  test.each(steps.map((step, i) => [i + 1, step.args.join(' '), step] as const))('%i: %s', async (_i, _name, step) => {
    const result = await shown(server, step);
    all.push(result);
    const code = step.code ?? 0;
    expect([result.pipe.code, result.json.code, result.terminal?.code ?? code]).toEqual([code, code, code]);
    if (code === 0 && step.args[0] !== '--help')
      for (const line of result.json.out.trimEnd().split('\n')) expect(typeof JSON.parse(line)).toBe('object');
    expect(result.pipe.out + result.pipe.err + result.json.out + result.json.err).not.toContain('\u001b');
  });

  test('is written down, every command of it', () => {
    if (process.env.DISPATCH_TRANSCRIPT === 'write' && hasTerminal) writeFileSync(file, page(all, server));
    expect(existsSync(file)).toBe(true);
    const text = readFileSync(file, 'utf8');
    const lines = commands.flatMap(({ name, verbs }) => verbs?.map((verb) => `${name} ${verb}`) ?? [name]);
    for (const line of lines) expect(text).toMatch(new RegExp(`^## \`(printf .* \\| )?dispatch ${line}\\b`, 'm'));
  });
});
