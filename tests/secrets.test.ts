import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConversationsAnswer, LastAnswer, McpAnswer, SurfacesAnswer } from 'dispatch/wire';
import { type Canary, canary, environmentOf, filesBelow, leaks, type Place, processList } from './canary.fixture.js';
import { allProcesses, holding, survivors } from './process-scan.fixture.js';
import { folder, RealServer, serverFile } from './real-server.fixture.js';
import { RealSocket } from './real-socket.fixture.js';
import { type Reply, ScriptedProvider, type Seen } from './scripted-provider.fixture.js';

const run = promisify(execFile);
/** What the operator's files hold; nothing of this server's own is in there. */
const keep = folder('keys');
/** What the children of the MCP server sleep for. */
const mcpMark = `86400.${process.pid}9`;
const tmp = folder('secret-tmp');
const keyFile = (name: string, { value }: Canary): string => {
  const path = join(keep, name);
  writeFileSync(path, `${value}\n`, { mode: 0o600 });
  return path;
};

const secret = {
  apiKey: canary('DISPATCH_API_KEY'),
  token: canary('DISPATCH_TOKEN'),
  firecrawl: canary('FIRECRAWL_API_KEY'),
  umans: canary('UMANS_API_KEY_FILE'),
  configured: canary('a credential’s apiKey', (core) => `"${core}\\/%+`),
  header: canary('a credential’s header'),
  authorization: canary('a credential’s Authorization', (core) => `Basic ${core}==`),
  ofVariable: canary('a credential’s apiKeyEnv'),
  ofFile: canary('a credential’s apiKeyFile'),
  mcp: canary('the variable of an MCP server', (core) => `"${core}\\$`),
  mcpHeader: canary('the header of an MCP server', (core) => `Bearer ${core}`),
  // Nothing of ours, but named like secrets: no child may have them.
  ...Object.fromEntries(
    ['GITHUB_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'NPM_TOKEN', 'PGPASSWORD', 'MYSQL_PWD', 'SECRET_KEY_BASE', 'DB_PASSWORD', 'MYAPIKEY'].map(
      (name) => [name, canary(name)],
    ),
  ),
} satisfies Record<string, Canary>;
const canaries: Canary[] = Object.values(secret);
const credentials = ['default', 'configured', 'headers', 'variable', 'file', 'umans'];

let provider: ScriptedProvider;
let server: RealServer;
let socket: RealSocket;
let environment: Record<string, string>;
/** Says all it was sent back to whoever asks, as an error. */
const echo = createServer((request, response) => {
  response.writeHead(401, { 'content-type': 'application/json', 'www-authenticate': `Bearer said="${request.headers.authorization}"` });
  response.end(JSON.stringify({ error: `not let in: ${JSON.stringify(request.headers)}`, success: false }));
});
const shown: Place[] = [];

beforeAll(async () => {
  await new Promise<void>((resolve) => void echo.listen(0, '127.0.0.1', resolve));
  const service = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  provider = await ScriptedProvider.listen();
  const { baseUrl: baseURL } = provider;
  const tiny = fileURLToPath(new URL('deaf-server.fixture.mjs', import.meta.url));
  const env = { SERVICE_SECRET: secret.mcp.value };
  environment = {
    DISPATCH_API_KEY: secret.apiKey.value,
    DISPATCH_TOKEN: secret.token.value,
    FIRECRAWL_API_KEY: secret.firecrawl.value,
    FIRECRAWL_BASE_URL: service,
    UMANS_API_KEY_FILE: keyFile('umans', secret.umans),
    UMANS_BASE_URL: baseURL,
    // No name that gives it away: its value does.
    WORK_ACCOUNT: secret.ofVariable.value,
    DISPATCH_LOG_LEVEL: 'trace',
    DISPATCH_DRAIN_MS: '500',
    TMPDIR: tmp,
    ...Object.fromEntries(Object.entries(secret).flatMap(([name, { value }]) => (/^[A-Z]/.test(name) ? [[name, value]] : []))),
  };
  server = await RealServer.start({
    providerUrl: baseURL,
    env: environment,
    userConfig: {
      retry: { tries: 2, baseMs: 10, maxMs: 20, restarts: 1 },
      credentials: {
        configured: { provider: 'openai-compat', baseURL, apiKey: secret.configured.value },
        headers: {
          ...{ provider: 'openai-compat', baseURL },
          headers: { 'X-Gateway-Key': secret.header.value, Authorization: secret.authorization.value },
        },
        variable: { provider: 'openai-compat', baseURL, apiKeyEnv: 'WORK_ACCOUNT' },
        file: { provider: 'openai-compat', baseURL, apiKeyFile: keyFile('work', secret.ofFile) },
      },
      mcpServers: {
        tiny: { command: process.execPath, args: [tiny, 'mcp', mcpMark], env },
        dying: { command: 'sh', args: ['-c', 'echo "refused: $SERVICE_SECRET" >&2; exit 3'], env },
        remote: { url: `${service}/mcp`, headers: { Authorization: secret.mcpHeader.value } },
      },
    },
  });
  socket = await RealSocket.open(server.url);
});
afterAll(async () => {
  await server?.kill();
  // Its start ends what the killed one left.
  const next = await RealServer.start({ dataDir: server.dataDir });
  expect(await survivors(() => holding(mcpMark))).toEqual([]);
  await next.stop();
  await provider.close();
  echo.close();
});

/** A turn with one reply of the model, on a socket and over HTTP; answers what the client was shown of it. */
async function turn(conversationId: string, reply: (seen: Seen) => Reply, model?: string): Promise<string> {
  socket.send({ type: 'chat.subscribe', conversationId });
  provider.seen.length = 0;
  provider.script = (seen, nth) => (seen.body.messages.at(-1)?.role === 'tool' && nth > 0 ? { text: ['done'] } : reply(seen));
  const events = await server.chat({ conversationId, message: 'needle in the history', model });
  expect(events.at(-1)?.type).toBe('turn-sealed');
  const text = JSON.stringify(events);
  shown.push([`the events of ${conversationId}`, text]);
  return text;
}

/** What a provider was sent, as an angry one says it back. */
const said = ({ headers }: Seen): string => Object.values(headers).join(' ').slice(0, 100_000);
const json = (seen: Seen, before = '') => JSON.stringify({ error: { message: `${before}Incorrect API key provided: ${said(seen)}` } });

const refused = (message: string): Reply => ({ status: 401, body: JSON.stringify({ error: { message } }) });

const answers: Record<string, (seen: Seen) => Reply> = {
  works: () => ({ text: ['fine'] }),
  'is refused with 401': (seen) => ({ status: 401, body: json(seen), headers: { 'www-authenticate': said(seen) } }),
  'is refused with 500 and a page': (seen) => ({
    ...{ status: 500, headers: { 'content-type': 'text/html' } },
    body: `<html><h1>Oops</h1><pre>${said(seen)}</pre></html>`,
  }),
  'is put off with 429': (seen) => ({ status: 429, body: json(seen), headers: { 'retry-after': '0' } }),
  'is sent elsewhere': (seen) => ({ status: 302, headers: { location: `http://127.0.0.1:1/?key=${encodeURIComponent(said(seen))}` } }),
  'breaks off with an error': (seen) => ({
    ...{ status: 200, headers: { 'content-type': 'text/event-stream' } },
    body: `data: {"choices":[{"index":0,"delta":{"content":"half"}}]}\n\ndata: ${json(seen)}\n\n`,
  }),
  'breaks off with nonsense': (seen) => ({
    ...{ status: 200, headers: { 'content-type': 'text/event-stream' } },
    body: `data: {"choices":[{"index":0,"delta":{"content":"half"}}]}\n\ndata: {${said(seen)}\n\n`,
  }),
};

describe('a provider that says the key back', () => {
  test.each(credentials.flatMap((credential) => Object.keys(answers).map((way) => [credential, way] as const)))(
    'the credential %s %s',
    async (credential, way) => {
      const id = `${credential}-${way.replaceAll(' ', '-')}`;
      await turn(id, answers[way] as (seen: Seen) => Reply, `${credential}/mock-1`);
      // It was sent, so it could have been said.
      expect(leaks([['the request', said(provider.seen[0] as Seen)]], canaries)).not.toEqual([]);
    },
  );

  test('a key that is cut off where an error is shortened leaves no piece of itself', async () => {
    for (let before = 460; before <= 500; before += 4)
      await turn(`cut-${before}`, ({ headers }) => refused(`${'x'.repeat(before)}${headers.authorization}`), 'default/mock-1');
  });
});

describe('a tool', () => {
  const call = (name: string, args: unknown) => (): Reply => ({ calls: [{ name, args }] });

  test('that prints its environment, and those of the processes above it, has nothing to show', async () => {
    const look =
      'env; for p in $PPID $(cut -d" " -f4 /proc/$PPID/stat); do cat /proc/$p/environ /proc/$p/cmdline; done | tr "\\0" "\\n"; ps -ef';
    const text = await turn('environment', call('run_shell', { command: look }));
    expect(text).toContain('DISPATCH_TOOL_CALL=');
    expect(text).toMatch(/GITHUB_TOKEN=\*\*\*/);
  });

  test('whose service says the key back', async () => {
    expect(await turn('search', call('web_search', { query: 'x' }))).toContain('***');
  });

  test('an MCP server gets its own variables and nobody else’s', async () => {
    await turn('mcp', () => ({ text: ['fine'] }));
    const { servers } = await server.get<McpAnswer>('/conversations/mcp/mcp');
    expect(servers).toMatchObject([
      { id: 'tiny', state: 'connected' },
      { id: 'dying', state: 'error', error: expect.stringContaining('refused: ***') },
      { id: 'remote', state: 'error' },
    ]);
    const [tiny] = allProcesses().filter(({ line }) => line.includes('deaf-server') && line.includes(mcpMark));
    expect(tiny?.environment).toContain(`SERVICE_SECRET=${secret.mcp.value}`);
    const others = canaries.filter((each) => each !== secret.mcp);
    expect(leaks([environmentOf(tiny?.pid)], others)).toEqual([]);
  });
});

describe('afterwards no secret is found', () => {
  test('in any answer of any route', async () => {
    type Described = { paths: Record<string, Record<string, unknown>> };
    const { paths } = await server.get<Described>('/openapi.json');
    const { conversations } = await server.get<ConversationsAnswer>('/conversations');
    expect(conversations.length).toBeGreaterThan(Object.keys(answers).length * credentials.length);
    const { catalog } = await server.get<SurfacesAnswer>('/surfaces');
    const fill = (path: string): string[] => {
      if (!path.includes('{')) return [path, `${path}?q=needle`, `${path}?cwd=${server.cwd}`];
      const ids = path.startsWith('/surfaces')
        ? catalog.map(({ id }) => id)
        : path.startsWith('/conversations')
          ? conversations.map(({ id }) => id)
          : ['default'];
      return ids.map((id) => path.replace(/\{\w+\}/, encodeURIComponent(id)));
    };
    const asked = Object.keys(paths)
      .filter((path) => paths[path]?.get && path !== '/ws')
      .flatMap(fill);
    for (const path of asked) {
      const answer = await fetch(server.url + path, { redirect: 'manual' });
      shown.push([`GET ${path}`, `${JSON.stringify([...answer.headers])}\n${await answer.text()}`]);
    }
    expect(asked.length).toBeGreaterThan(500);
    expect(leaks(shown, canaries)).toEqual([]);
    expect(shown.filter(([, content]) => content.includes('needle in the history')).length).toBeGreaterThan(100);
  });

  test('in what sockets were told, surfaces included', async () => {
    const { catalog } = await server.get<SurfacesAnswer>('/surfaces');
    for (const { id } of catalog) socket.send({ type: 'subscribe', surfaceId: id, conversationId: 'mcp' });
    await socket.settle();
    const told = JSON.stringify(socket.got);
    expect(told).toContain('needle in the history');
    expect(leaks([['a socket', told]], canaries)).toEqual([]);
  });

  test('in the log, the data folder, the start directory or the temporary files', () => {
    const below = [server.dataDir, server.cwd, tmp].flatMap(filesBelow);
    const files = below.filter(([path]) => path !== join(server.cwd, '.home/.config/dispatch/dispatch.config.json'));
    expect(server.output).toContain('refused: ***');
    expect(leaks([['the log', server.output], ...files], canaries)).toEqual([]);
    const database = files.filter(([, content]) => content.includes('needle in the history'));
    expect(database.map(([path]) => path)).toEqual(expect.arrayContaining([expect.stringContaining('dispatch.db')]));
  });

  test('in the list of processes, or in what the system tells of the server', () => {
    expect(leaks([...processList(), environmentOf(server.process.pid)], canaries)).toEqual([]);
  });

  test('by a server that refuses to start', async () => {
    const bad = canary('a bad setting', (core) => core);
    const tries: Record<string, string>[] = [
      { DISPATCH_BASE_URL: `https://user:${bad.value}@provider.example/v1` },
      { DISPATCH_BASE_URL: `http://provider.example/${bad.value}`, DISPATCH_API_KEY: secret.apiKey.value },
      { DISPATCH_API_KEY: `${bad.value} with spaces` },
      { DISPATCH_API_KEY: `${bad.value}\nsecond-line` },
      { DISPATCH_API_KEY: `key${bad.value}\u00e9` },
      { DISPATCH_TOKEN: `${bad.value.slice(0, 20)} ${bad.value.slice(20)}` },
      { FIRECRAWL_BASE_URL: `http://user:${bad.value}@127.0.0.1:1` },
    ];
    const said: Place[] = [];
    for (const env of tries) {
      const refusing = await RealServer.spawn({ env: { ...env, DISPATCH_LOG_LEVEL: 'trace' } });
      const ended = await Promise.race([
        refusing.exited,
        refusing.ready().then(
          () => 'runs',
          () => 'ended',
        ),
      ]);
      if (ended === 'runs') said.push([`GET /plugins with ${Object.keys(env)}`, JSON.stringify(await refusing.get('/plugins'))]);
      await refusing.stop();
      said.push([`the words of a server with ${Object.keys(env)}`, refusing.output]);
      said.push(...filesBelow(refusing.dataDir));
    }
    expect(leaks(said, [bad, ...canaries])).toEqual([]);
  });

  test('by the client’s account of the configuration', async () => {
    const cli = join(dirname(serverFile), '../cli/main.js');
    const env = { ...environment, PATH: process.env.PATH, HOME: join(server.cwd, '.home'), DISPATCH_SERVER: server.url };
    const outputs = await Promise.all(
      [['config', 'show'], ['config', 'show', '--json'], ['config', 'explain', 'credentials'], ['plugins'], ['models']].map(
        async (args) => {
          const { stdout, stderr } = await run(process.execPath, [cli, ...args], { cwd: server.cwd, env }).catch((thrown) => thrown);
          return [`dispatch ${args.join(' ')}`, `${stdout}${stderr}`] as const;
        },
      ),
    );
    expect(leaks(outputs, canaries)).toEqual([]);
    expect(outputs[0]?.[1]).toContain('credentials');
  });
});

test('a key that is only in a file is nowhere else, and what the model itself says is content: it stays as it was said', async () => {
  const [key, token] = [canary('DISPATCH_API_KEY_FILE'), canary('DISPATCH_TOKEN_FILE')];
  const own = await RealServer.start({
    providerUrl: provider.baseUrl,
    env: {
      DISPATCH_API_KEY: '',
      DISPATCH_API_KEY_FILE: keyFile('key', key),
      DISPATCH_TOKEN_FILE: keyFile('token', token),
      DISPATCH_LOG_LEVEL: 'trace',
    },
  });
  provider.inTurn({ text: ['I was given ', key.value.slice(0, 20), key.value.slice(20)] });
  await own.chat({ conversationId: 'own', message: 'go' });
  expect(provider.seen[0]?.headers.authorization).toBe(`Bearer ${key.value}`);
  const { content } = await own.get<LastAnswer>('/conversations/own/last');
  expect(content).toBe(`I was given ${key.value}`);

  provider.inTurn({ status: 401, body: JSON.stringify({ error: `no: ${key.value}` }) });
  const events = JSON.stringify(await own.chat({ conversationId: 'refused', message: 'go' }));
  const places: Place[] = [
    ['the log', own.output],
    ['the events', events],
    ['the environment', environmentOf(own.process.pid)[1]],
    ...processList(),
  ];
  expect(leaks(places, [key, token])).toEqual([]);
  expect(leaks(filesBelow(own.dataDir), [token])).toEqual([]);
  await own.stop();
});
