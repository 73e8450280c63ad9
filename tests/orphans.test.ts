import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { McpAnswer } from 'dispatch/wire';
import { belowHome, holding, running, survivors } from './process-scan.fixture.js';
import { RealServer } from './real-server.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

/** How commands try to outlive their caller; `NAP` stands for a nap nobody else takes. */
const ways: Record<string, string> = {
  background: 'NAP &',
  setsid: 'setsid NAP &',
  nohup: 'nohup NAP > /dev/null 2>&1 &',
  'setsid, silent': 'setsid NAP > /dev/null 2>&1 < /dev/null &',
  'forked twice': '(setsid sh -c "NAP & exit" > /dev/null 2>&1 &)',
  'forked three times': '(setsid sh -c \'(setsid sh -c "NAP & exit" &) ; exit\' &)',
  'deaf to SIGTERM': 'setsid sh -c "trap \'\' TERM HUP INT; while :; do NAP; done" &',
  'without its environment': 'env -i setsid NAP &',
  stopped: 'setsid NAP & sleep 0.3; kill -STOP $!',
};
const names = Object.keys(ways);

let serial = 0;
/** A command that starts all of them and stays; what each sleeps for names it. */
function hiding(): { command: string; marks: string[]; left: () => string[] } {
  const base = `86400.${process.pid}${String(++serial).padStart(3, '0')}`;
  const mark = (i: number) => `${base}${String(i).padStart(2, '0')}`;
  const parts = names.map((name, i) => `${ways[name]?.replace('NAP', `sleep ${mark(i)}`)}`);
  const marks = [...names, 'itself'].map((_, i) => mark(i));
  return { command: `${parts.join('\n')}\necho begun\nsleep ${mark(names.length)}`, marks, left: () => holding(base) };
}

let provider: ScriptedProvider;
/** Whatever fails, no server outlives the tests. */
const started: RealServer[] = [];
const start = async (options: Parameters<typeof RealServer.start>[0] = {}) => {
  const server = await RealServer.start({ providerUrl: provider.baseUrl, env: { DISPATCH_DRAIN_MS: '300' }, ...options });
  started.push(server);
  return server;
};
/** Waits until a server has said something. */
const said = async (server: RealServer, words: string) => {
  while (!server.output.includes(words)) await sleep(10);
};
const home = (server: RealServer) => join(server.cwd, '.home');

beforeAll(async () => {
  provider = await ScriptedProvider.listen();
});
afterAll(async () => {
  for (const server of started) if (server.process.exitCode === null && server.process.signalCode === null) await server.kill();
  await provider.close();
});

/** Begins a turn whose command hides its children; answers once all of them run. */
async function hidden(server: RealServer, conversationId: string, timeout?: number) {
  const children = hiding();
  provider.inTurn({ calls: [{ name: 'run_shell', args: { command: children.command, timeout } }] }, { text: ['done'] });
  // Its stream may break off when the server is killed, maybe before the process is known to have ended.
  const turn = server.chat({ conversationId, message: 'go' }).catch(() => []);
  await running('sleep', children.marks);
  return { ...children, turn };
}

describe('nothing that a command started is left', () => {
  test('S02: when its turn is stopped', async () => {
    const server = await start();
    const { turn, left } = await hidden(server, 'stopped');
    await server.post('/conversations/stopped/stop');
    expect((await turn).at(-1)?.type).toBe('turn-sealed');
    expect(left()).toEqual([]);
    expect(belowHome(home(server), server.process.pid)).toEqual([]);
    await server.stop();
  });

  test('when its conversation is closed', async () => {
    const server = await start();
    const { turn, left } = await hidden(server, 'closed');
    await server.post('/conversations/closed/close');
    await turn;
    expect(left()).toEqual([]);
    await server.stop();
  });

  test('when its time is over', async () => {
    const server = await start();
    const { turn, left } = await hidden(server, 'timeout', 4000);
    const events = await turn;
    const result = events.find((event) => event.type === 'tool-result');
    expect(result).toMatchObject({ isError: true, content: expect.stringContaining('ended after the timeout of 4000 ms') });
    expect(left()).toEqual([]);
    await server.stop();
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('when the server is asked to end by %s', async (signal) => {
    const server = await start();
    const { turn, left } = await hidden(server, 'ending');
    server.process.kill(signal);
    expect(await server.exited).toBe(0);
    expect(left()).toEqual([]);
    expect(belowHome(home(server))).toEqual([]);
    await turn;
  });

  test('when a second signal ends the server at once', async () => {
    const server = await start({ env: { DISPATCH_DRAIN_MS: '60000' } });
    const { turn, left } = await hidden(server, 'hurried');
    server.process.kill('SIGTERM');
    await said(server, 'a second signal ends the server at once');
    server.process.kill('SIGTERM');
    expect(await server.exited).toBe(143);
    expect(await survivors(left)).toEqual([]);
    await turn;
  });

  test('S11: when the server is killed and started again, while those of another server run on', async () => {
    const [killed, other] = [await start(), await start()];
    const theirs = await hidden(other, 'other');
    const { turn, left } = await hidden(killed, 'killed');
    await killed.kill();
    await turn;
    expect(left().length).toBeGreaterThanOrEqual(names.length);
    const next = await start({ dataDir: killed.dataDir });
    expect(await survivors(left)).toEqual([]);
    expect(await survivors(() => belowHome(home(killed)))).toEqual([]);
    expect(theirs.left().length).toBeGreaterThanOrEqual(names.length);
    await next.stop();
    await other.stop();
    expect(theirs.left()).toEqual([]);
    await theirs.turn;
  });
});

/** A server of the user's configuration that hides children of its own and is deaf to everything but SIGKILL. */
function deaf(protocol: 'mcp' | 'lsp') {
  const mark = `86400.${process.pid}${String(++serial).padStart(3, '0')}`;
  const command = [process.execPath, fileURLToPath(new URL('deaf-server.fixture.mjs', import.meta.url)), protocol, mark];
  const [program, ...args] = command;
  const userConfig =
    protocol === 'mcp'
      ? { mcpServers: { deaf: { command: program, args } } }
      : { lsp: { servers: { deaf: { command, extensions: ['.deaf'] } } } };
  return { userConfig, marks: [`${mark}1`, `${mark}2`, `${mark}3`], left: () => holding(mark) };
}

describe.each(['mcp', 'lsp'] as const)('nothing that an %s server started is left, nor the server itself', (protocol) => {
  /** Calls a tool of it that is never answered; answers while that runs. */
  async function asked(drainMs: number) {
    const { userConfig, marks, left } = deaf(protocol);
    const server = await start({ userConfig, env: { DISPATCH_DRAIN_MS: String(drainMs) } });
    writeFileSync(join(server.cwd, 'a.deaf'), 'text\n');
    provider.inTurn({ text: ['hello'] });
    await server.chat({ conversationId: 'deaf', message: 'go' });
    const offered = provider.seen.at(-1)?.body.tools?.map((tool) => tool.function.name) ?? [];
    const name = offered.find((each) => (protocol === 'mcp' ? /deaf.*wait/.test(each) : each === 'lsp')) as string;
    const args = protocol === 'mcp' ? {} : { operation: 'hover', path: 'a.deaf', line: 1, character: 1 };
    provider.inTurn({ calls: [{ name, args }] }, { text: ['done'] });
    const turn = server.chat({ conversationId: 'deaf', message: 'wait' }).catch(() => []);
    await running('sleep', marks);
    const { servers } = await server.get<McpAnswer>(`/conversations/deaf/${protocol}`);
    expect(servers).toContainEqual(expect.objectContaining({ id: 'deaf', configSource: 'configuration' }));
    return { server, turn, left };
  }

  test('when the call is stopped and dispatch is asked to end', async () => {
    const { server, turn, left } = await asked(10_000);
    await server.post('/conversations/deaf/stop');
    expect((await turn).at(-1)?.type).toBe('turn-sealed');
    expect(await server.stop()).toBe(0);
    expect(left()).toEqual([]);
    expect(belowHome(home(server))).toEqual([]);
  });

  test('when dispatch is asked to end in the middle of the call', async () => {
    const { server, turn, left } = await asked(300);
    expect(await server.stop()).toBe(0);
    expect(left()).toEqual([]);
    await turn;
  });

  test('when a second signal ends dispatch at once, and it is started again', async () => {
    const { server, turn, left } = await asked(60_000);
    server.process.kill('SIGTERM');
    await said(server, 'a second signal ends the server at once');
    server.process.kill('SIGTERM');
    await server.exited;
    await turn;
    const next = await start({ dataDir: server.dataDir });
    expect(await survivors(left)).toEqual([]);
    await next.stop();
  });

  test('when dispatch is killed and started again', async () => {
    const { server, turn, left } = await asked(10_000);
    await server.kill();
    await turn;
    expect(left().length).toBeGreaterThan(0);
    const next = await start({ dataDir: server.dataDir });
    expect(await survivors(left)).toEqual([]);
    await next.stop();
  });
});
