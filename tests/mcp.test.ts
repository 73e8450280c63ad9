// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what these files are written in
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChatEvent, McpAnswer, McpServerStatus } from 'dispatch/wire';
import { folder, RealServer, root, type ServerOptions } from './real-server.fixture.js';
import { type Reply, ScriptedProvider } from './scripted-provider.fixture.js';

const odd = join(root, 'plugins/mcp/odd-server.fixture.mjs');
const programOf = (name: string) => join(realpathSync(join(root, 'node_modules/@modelcontextprotocol', name)), 'dist/index.js');
const oddServer = (...args: string[]) => ({ command: process.execPath, args: [odd, ...args] });

let provider: ScriptedProvider;
let server: RealServer;
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
});
afterEach(() => server?.stop());
afterAll(() => provider.close());

const start = async (options: ServerOptions = {}) => {
  server = await RealServer.start({ providerUrl: provider.baseUrl, ...options });
};

/** A directory whose file asks for these servers. */
function project(mcpServers: Record<string, unknown>, file = '.mcp.json'): string {
  const directory = folder('project');
  mkdirSync(dirname(join(directory, file)), { recursive: true });
  writeFileSync(join(directory, file), JSON.stringify({ mcpServers }));
  return directory;
}

let serial = 0;
async function turn(cwd: string | undefined, ...replies: Reply[]) {
  provider.inTurn(...(replies.length > 0 ? replies : [{ text: ['ok'] }]));
  const conversationId = `mcp-${++serial}`;
  const events = await server.chat({ conversationId, message: 'go', ...(cwd && { cwd }) });
  const offered = (provider.seen[0]?.body.tools ?? []).map((tool) => tool.function.name).filter((name) => name.startsWith('mcp__'));
  const results = events.filter((event) => event.type === 'tool-result') as Extract<ChatEvent, { type: 'tool-result' }>[];
  return { conversationId, offered, results };
}
const call = (name: string, args: unknown = {}): Reply => ({ calls: [{ name, args }] });
const status = async (id: string): Promise<McpServerStatus[]> => (await server.get<McpAnswer>(`/conversations/${id}/mcp`)).servers;

/** `dispatch`, without a terminal. */
const dispatch = (...args: string[]) =>
  new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
    const env = { PATH: process.env.PATH, HOME: server.cwd, DISPATCH_SERVER: server.url };
    execFile(process.execPath, [join(root, 'dist/apps/cli/main.js'), ...args], { env }, (error, out, err) =>
      resolve({ code: error?.code ?? 0, out, err }),
    );
  });

const withWord = (word: string): number[] =>
  readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word) ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });
const alive = (pid: number): boolean => {
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

describe('MCP servers in a turn', () => {
  test('K06: an untrusted .mcp.json runs nothing; dispatch trust shows and allows it; a change makes it inert again', async () => {
    await start();
    const cwd = project({ odd: { ...oddServer('word-of-project'), env: { SAYS: '${HOME}' } } });
    const file = join(cwd, '.mcp.json');
    const before = await turn(cwd);
    expect(before.offered).toEqual([]);
    expect(withWord('word-of-project')).toEqual([]);
    expect(await status(before.conversationId)).toEqual([
      { id: 'odd', state: 'disconnected', toolCount: 0, configSource: file, error: `it waits to be trusted: dispatch trust ${cwd}` },
    ]);

    const piped = await dispatch('trust', cwd);
    expect(piped).toMatchObject({
      code: 2,
      out: expect.stringContaining(`"odd" runs ${process.execPath} ${odd} word-of-project`),
      err: expect.stringContaining('--yes'),
    });
    expect(piped.out).toContain('"odd" with SAYS=${HOME}');
    expect((await turn(cwd)).offered).toEqual([]);
    expect(await dispatch('trust', cwd, '--yes')).toMatchObject({
      code: 0,
      out: expect.stringContaining(`trusted until it changes: one file of ${cwd}`),
    });

    const after = await turn(cwd, call('mcp__odd__echo', { x: 1 }), { text: ['done'] });
    expect(after.offered).toContain('mcp__odd__echo');
    expect(after.results).toMatchObject([{ toolName: 'mcp__odd__echo', content: 'echo {"x":1}', isError: false }]);
    expect(await status(after.conversationId)).toMatchObject([{ id: 'odd', state: 'connected', toolCount: 16, configSource: file }]);
    const [pid] = withWord('word-of-project');

    writeFileSync(file, readFileSync(file, 'utf8').replace('word-of-project', 'word-of-evil'));
    expect((await turn(cwd)).offered).toEqual([]);
    expect(withWord('word-of-evil')).toEqual([]);
    while (alive(pid as number)) await sleep(20);
    expect(await dispatch('trust', cwd, '--list')).toMatchObject({ code: 0, out: expect.stringContaining('[waiting] .mcp.json (mcp)') });
  });

  test('K06: a project can put no server into the configuration, and no secret of this server reaches a child', async () => {
    const userConfig = { mcpServers: { mine: oddServer() } };
    const config = { mcpServers: { theirs: oddServer('word-of-config') }, drainMs: 5000 };
    await start({ config, userConfig, env: { SOME_TOKEN: 'canary-abcdef', DISPATCH_LOG_LEVEL: 'warn' } });
    const { conversationId, results } = await turn(undefined, call('mcp__mine__env'), { text: ['done'] });
    expect((await status(conversationId)).map(({ id, configSource }) => [id, configSource])).toEqual([['mine', 'configuration']]);
    expect(withWord('word-of-config')).toEqual([]);
    expect(server.output).toContain('mcpServers.theirs');
    const env = JSON.parse(results[0]?.content ?? '') as Record<string, string>;
    expect(Object.keys(env).filter((name) => !['PATH', 'HOME', 'LANG'].includes(name))).toHaveLength(1);
    expect(JSON.stringify(env)).not.toMatch(/sk-test-0123456789|canary-abcdef/);
  });

  test('K10: an unset variable and a metadata address are errors of their servers; the others go on', async () => {
    await start();
    const cwd = project({
      unset: { command: 'x', env: { A: '${NOT_SET_ANYWHERE}' } },
      key: { url: 'http://127.0.0.1:9/${DISPATCH_API_KEY}' },
      meta: { url: 'http://169.254.169.254/mcp' },
      odd: oddServer('$(id)', '; id', '`id`'),
    });
    await dispatch('trust', cwd, '--yes');
    const { conversationId, offered } = await turn(cwd);
    expect(offered).toHaveLength(16);
    expect((await status(conversationId)).map(({ id, state, error }) => [id, state, error])).toEqual([
      ['unset', 'error', expect.stringContaining('${NOT_SET_ANYWHERE} is not set')],
      ['key', 'error', expect.stringContaining('is a secret of this server')],
      ['meta', 'error', expect.stringContaining('link-local, reserved or metadata')],
      ['odd', 'connected', undefined],
    ]);
  });

  test('the servers of the registry work in a turn, their tools in the same order every time', async () => {
    const cwd = folder('work');
    writeFileSync(join(cwd, 'a.txt'), 'alpha');
    const userConfig = {
      mcpServers: {
        files: { command: process.execPath, args: [programOf('server-filesystem'), cwd] },
        all: { command: process.execPath, args: [programOf('server-everything')] },
      },
    };
    await start({ userConfig });
    const first = await turn(
      cwd,
      call('mcp__files__read_text_file', { path: join(cwd, 'a.txt') }),
      call('mcp__all__get-sum', { a: 40, b: 2 }),
      { text: ['done'] },
    );
    expect(first.results.map(({ content, isError }) => [content, isError])).toEqual([
      [expect.stringContaining('alpha'), false],
      [expect.stringContaining('42'), false],
    ]);
    const tools = JSON.stringify(provider.seen[0]?.body.tools);
    expect(first.offered).toEqual([...first.offered].sort());
    const second = await turn(cwd, call('mcp__all__get-sum', { a: 'x' }), { text: ['sorry'] });
    expect(JSON.stringify(provider.seen[0]?.body.tools)).toBe(tools);
    expect(second.results).toMatchObject([{ isError: true, content: expect.stringContaining('input') }]);
  });

  test('a crash, a hang and a huge answer are answers of their calls; the turn and the server go on', async () => {
    await start({ userConfig: { mcpServers: { odd: oddServer() }, mcp: { callMs: 500, messageLimit: 1_000_000 } } });
    const words = (name: string): Reply => call(`mcp__odd__${name}`);
    const { results, conversationId } = await turn(
      undefined,
      words('crash'),
      words('hang'),
      words('huge'),
      words('big'),
      words('flood'),
      words('echo'),
      { text: ['done'] },
    );
    expect(results.map(({ toolName, isError }) => [toolName.slice(10), isError])).toEqual([
      ...['crash', 'hang', 'huge'].map((name) => [name, true]),
      ['big', false],
      ['flood', true],
      ['echo', false],
    ]);
    const big = results[3]?.content ?? '';
    expect(big.length).toBeLessThan(51_000);
    expect(readFileSync(/The whole result is in (\S+\.txt)/.exec(big)?.[1] ?? '', 'utf8')).toHaveLength(300_000);
    expect(await status(conversationId)).toMatchObject([{ state: 'connected', toolCount: 16 }]);
    expect(await server.get('/health')).toEqual({ ok: true });
  });

  test('stop cancels a running call', async () => {
    await start({ userConfig: { mcpServers: { odd: oddServer() } } });
    provider.inTurn(call('mcp__odd__hang'), { text: ['done'] });
    const events = await server.chat({ conversationId: 'stopped', message: 'go' }, (event) => {
      if (event.type === 'tool-call') void sleep(300).then(() => server.post('/conversations/stopped/stop'));
    });
    expect(events.find((event) => event.type === 'done')).toMatchObject({ reason: 'aborted' });
    const { results } = await turn(undefined, call('mcp__odd__slow'), { text: ['done'] });
    expect(results[0]?.content).toBe('slow is done, 1 cancelled');
  });
});

describe('processes', () => {
  const processes = async (): Promise<number[]> => {
    const { results } = await turn(undefined, call('mcp__odd__pid'), call('mcp__odd__detach'), { text: ['done'] });
    return results.map(({ content }) => Number(content));
  };
  const userConfig = { mcpServers: { odd: oddServer('stay') } };

  test('after SIGTERM nothing is left, not even what ignores signals or has left its group', async () => {
    await start({ userConfig });
    const pids = await processes();
    expect(pids.map(alive)).toEqual([true, true]);
    expect(await server.stop()).toBe(0);
    expect(pids.map(alive)).toEqual([false, false]);
  });

  test('R02: after kill -9 the next start ends what was left behind', async () => {
    await start({ userConfig });
    const pids = await processes();
    await server.kill();
    expect(pids.map(alive)).toEqual([true, true]);
    await start({ userConfig, dataDir: server.dataDir, cwd: server.cwd });
    while (pids.some(alive)) await sleep(20);
  });

  test('asking for the status starts nothing', async () => {
    const pids = join(folder('pids'), 'pids');
    await start({ userConfig: { mcpServers: { odd: { ...oddServer(), env: { ODD_PIDS: pids } } } } });
    expect(await status('nobody')).toEqual([{ id: 'odd', state: 'disconnected', toolCount: 0, configSource: 'configuration' }]);
    expect(existsSync(pids)).toBe(false);
    await turn(undefined);
    await turn(undefined);
    expect(readFileSync(pids, 'utf8').trim().split('\n')).toHaveLength(1);
  });
});
