import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ChatRequest, ConversationMeta } from 'dispatch/wire';
import { build } from 'esbuild';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'cli-')));
const cli = join(base, 'cli.mjs');

type Event = { type: string; [field: string]: unknown };
interface Request {
  line: string;
  body: unknown;
}

/** A server that speaks the contract and says what a test scripted. */
let asked: Request[] = [];
let conversations: ConversationMeta[] = [];
/** Events of the next turn; `wait` holds the stream until the turn is stopped, `cut` breaks the connection. */
let script: (Event | 'wait' | 'cut')[] = [];
let refusal: { status: number; text: string } | undefined;
let stopped: () => void = () => {};
let authorization: string | undefined;

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const piece of request) text += piece;
  const body = text ? JSON.parse(text) : undefined;
  asked.push({ line: `${request.method} ${request.url}`, body });
  authorization = request.headers.authorization;
  const url = new URL(request.url ?? '/', 'http://x');
  const json = (value: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  if (refusal) return void response.writeHead(refusal.status).end(refusal.text);
  if (url.pathname === '/chat') return stream(body as ChatRequest, response);
  if (url.pathname === '/models') return void json({ models: ['a/one', 'b/two\u001b[31m'] });
  if (url.pathname === '/plugins')
    return void json({
      plugins: [
        { id: 'dice', version: '1.0.0', state: 'active', provides: ['dispatch.tool[]'], needs: [], loadMs: 3.4 },
        { id: 'bad', state: 'failed', reason: 'it broke', provides: [], needs: ['acme.x'] },
      ],
    });
  if (url.pathname === '/conversations') {
    const q = url.searchParams.get('q') ?? '';
    return void json({ conversations: conversations.filter(({ id }) => id.startsWith(q)) });
  }
  if (url.pathname.endsWith('/stop')) {
    stopped();
    return void json({ conversationId: url.pathname.split('/')[2], abortedTurn: true });
  }
  const chunks = [
    { seq: 1, role: 'user', chunk: { type: 'text', text: 'question' } },
    { seq: 2, role: 'assistant', chunk: { type: 'thinking', text: 'hm' } },
    { seq: 3, role: 'assistant', chunk: { type: 'text', text: 'answer' } },
    { seq: 4, role: 'assistant', chunk: { type: 'tool-call', toolCallId: 'k', toolName: 'dice', input: { n: 1 } } },
    { seq: 5, role: 'tool', chunk: { type: 'tool-result', toolCallId: 'k', toolName: 'dice', content: '6', isError: false } },
    { seq: 6, role: 'assistant', chunk: { type: 'error', message: 'broke' } },
  ];
  json({ chunks, latestSeq: 6, epoch: 0 });
}

async function stream({ conversationId }: ChatRequest, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  for (const event of script) {
    if (event === 'cut') return void response.socket?.end();
    if (event === 'wait')
      await new Promise<void>((resolve) => {
        stopped = resolve;
      });
    else response.write(`${JSON.stringify({ conversationId, turnId: 't', ...event })}\n`);
  }
  response.end();
}

const server = createServer((request, response) => void handle(request, response));
let address = '';

beforeAll(async () => {
  await build({
    entryPoints: [join(process.cwd(), 'apps/cli/main.ts')],
    outfile: cli,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(base, { recursive: true, force: true });
});
beforeEach(() => {
  asked = [];
  script = [...said('hello'), ...end];
  conversations = [meta('aaaa-1', 'First'), meta('aaaa-2', 'Second'), meta('bbbb-1', 'Third')];
  refusal = undefined;
});

const meta = (id: string, title: string): ConversationMeta => ({
  ...{ id, title, createdAt: 0, lastActivityAt: Date.now() - 120_000, status: 'idle', workspaceId: 'default' },
});
const said = (...deltas: string[]): Event[] => [
  { type: 'user-message', text: 'hi' },
  { type: 'turn-start' },
  ...deltas.map((delta) => ({ type: 'text-delta', delta })),
];
const usage = { type: 'usage', usage: { inputTokens: 3, outputTokens: 4 } };
const end: Event[] = [usage, { type: 'done', reason: 'stop' }, { type: 'turn-sealed' }];

interface Outcome {
  code: number | string | null | undefined;
  out: string;
  err: string;
}
const environment = (extra: Record<string, string> = {}) => ({ PATH: process.env.PATH, DISPATCH_SERVER: address, ...extra });
const run = (args: string[], { env, input = '' }: { env?: Record<string, string>; input?: string } = {}) =>
  new Promise<Outcome>((resolve) => {
    const child = execFile(process.execPath, [cli, ...args], { cwd: base, env: environment(env) as NodeJS.ProcessEnv }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, out, err }),
    );
    child.stdin?.end(input);
  });
const chatBody = () => asked.find(({ line }) => line === 'POST /chat')?.body as ChatRequest;
const uuid = /^[0-9a-f-]{36}$/;

describe('a chat', () => {
  test('streams its text and ends with figures and the conversation', async () => {
    script = [...said('he', 'llo'), ...end];
    const { code, out, err } = await run(['a/one', '--text', 'hi', '--effort', 'low', '--workspace', 'w']);
    const { conversationId = '', ...body } = chatBody();
    expect({ code, out, err }).toEqual({ code: 0, out: `hello\n[usage] in=3 out=4\n[conversation] ${conversationId}\n`, err: '' });
    expect(conversationId).toMatch(uuid);
    expect(body).toEqual({ message: 'hi', model: 'a/one', cwd: base, reasoningEffort: 'low', workspaceId: 'w' });
  });

  test('shows tools, their live output and results, and reasoning when asked', async () => {
    script = [
      ...said(),
      { type: 'reasoning-delta', delta: 'hm' },
      { type: 'text-delta', delta: 'rolling' },
      { type: 'tool-call', stepId: 's', toolCallId: 'k', toolName: 'dice', input: { n: 1 } },
      { type: 'tool-output', toolCallId: 'k', data: 'ro', stream: 'stdout' },
      { type: 'tool-output', toolCallId: 'k', data: 'll', stream: 'stderr' },
      usage,
      { type: 'tool-result', stepId: 's', toolCallId: 'k', toolName: 'dice', content: 'six', isError: false },
      { type: 'steering', text: 'faster' },
      { type: 'text-delta', delta: 'six it is' },
      ...end,
    ];
    const { code, out } = await run(['chat', '--text', 'hi', '--show-reasoning']);
    expect([code, ...out.split('\n').slice(0, -2)]).toEqual([
      0,
      ...['hm', 'rolling', '[tool] dice {"n":1}', 'roll', '[tool:dice] six', '[steering] faster', 'six it is'],
      '[usage] in=6 out=8',
    ]);
    expect(chatBody().model).toBeUndefined();
    expect((await run(['chat', '--text', 'hi'])).out.startsWith('rolling\n')).toBe(true);
  });

  test('tells of retries and errors on the other output, and fails with the turn', async () => {
    script = [
      ...said('par'),
      { type: 'provider-retry', attempt: 0, delayMs: 1500, message: 'reset', discard: true },
      { type: 'error', message: 'gone\u001b[2J' },
      { type: 'done', reason: 'error' },
      { type: 'turn-sealed' },
    ];
    const { code, out, err } = await run(['chat', '--text', 'hi']);
    expect({ code, out: out.split('\n')[0], err }).toEqual({
      code: 1,
      out: 'par',
      err: '[retry] 1 in 1.5 s: reset; the text of this step is dropped and comes again\nerror: gone\\x1b[2J\n',
    });
  });

  test('names what happened when it was stopped by another, or ran out of steps', async () => {
    script = [...said(), { type: 'done', reason: 'aborted' }, { type: 'turn-sealed' }];
    expect(await run(['chat', '--text', 'hi'])).toMatchObject({ code: 1, err: 'the turn was stopped\n' });
    script = [...said(), { type: 'done', reason: 'max-steps' }, { type: 'turn-sealed' }];
    expect(await run(['chat', '--text', 'hi'])).toMatchObject({ code: 1, err: expect.stringContaining('limit of steps') });
  });

  test.each([['cut'], [undefined]])('says where to look when the answer ends early (%s)', async (how) => {
    script = [...said('half'), ...(how === 'cut' ? (['cut'] as const) : [])];
    const { code, out, err } = await run(['chat', '--text', 'hi']);
    expect(code).toBe(1);
    expect(out).toMatch(/^half\n\[conversation\] /);
    expect(err).toMatch(/The turn may still go on: see "dispatch read /);
  });

  test('takes its message from a file or from standard input', async () => {
    writeFileSync(join(base, 'm.txt'), 'from a file\n');
    await run(['chat', '--file', 'm.txt', '--cwd', 'sub']);
    expect(chatBody()).toMatchObject({ message: 'from a file\n', cwd: join(base, 'sub') });
    for (const flag of ['--text', '--file']) {
      asked = [];
      await run(['chat', flag, '-'], { input: 'é from input' });
      expect(chatBody().message).toBe('é from input');
    }
    expect(await run(['chat', '--file', 'none'])).toMatchObject({ code: 1, err: expect.stringContaining('no such file') });
  });

  test('goes on in a named conversation, whole or shortened, and may name a new one', async () => {
    for (const [given, id] of [
      ['bbbb-1', 'bbbb-1'],
      ['bb', 'bbbb-1'],
      ['new-one', 'new-one'],
    ]) {
      asked = [];
      expect((await run(['a/one', '--text', 'hi', '--conversation', given as string])).code).toBe(0);
      expect(chatBody().conversationId).toBe(id);
    }
    expect(await run(['a/one', '--text', 'hi', '--conversation', 'aa'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/First[\s\S]*Second[\s\S]*2 conversations begin with "aa"/),
    });
  });

  test('sends what begins with a dash when it is written with =', async () => {
    await run(['chat', '--text=--json', '--server', address]);
    expect(chatBody().message).toBe('--json');
  });
});

describe('other commands', () => {
  test('send speaks in a conversation that is there', async () => {
    expect((await run(['send', 'bb', '--text', 'more'])).code).toBe(0);
    expect(chatBody()).toEqual({ conversationId: 'bbbb-1', message: 'more' });
    expect(await run(['send', 'zz', '--text', 'more'])).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/Third[\s\S]*no conversation begins with "zz"/),
    });
  });

  test('models, list, read, stop and plugins show what there is', async () => {
    expect((await run(['models'])).out).toBe('a/one\nb/two\\x1b[31m\n');
    expect((await run(['list'])).out).toBe('aaaa-1 | First | 2m\naaaa-2 | Second | 2m\nbbbb-1 | Third | 2m\n');
    expect((await run(['read', 'bbbb'])).out).toBe('[user] question\nanswer\n[tool] dice {"n":1}\n[tool:dice] 6\n[error] broke\n');
    expect((await run(['stop', 'bb'])).out).toBe('stopped bbbb-1\n');
    expect((await run(['plugins'])).out).toBe(
      'dice 1.0.0 | active 3 ms | provides dispatch.tool[] | needs nothing\nbad | failed | provides nothing | needs acme.x | it broke\n',
    );
  });

  test('list asks for open conversations unless told otherwise', async () => {
    await run(['list', 'aa', '--workspace', 'w']);
    await run(['list', '--all']);
    await run(['list', '--status', 'closed,idle']);
    expect(asked.map(({ line }) => line)).toEqual([
      'GET /conversations?q=aa&status=active%2Cqueued%2Cidle&workspaceId=w',
      'GET /conversations',
      'GET /conversations?status=closed%2Cidle',
    ]);
  });
});

describe('output', () => {
  const wild = '\u001b]52;c;aGk=\u0007\u001b[2J\u202eevil\u009b31m';
  const cases: [string, string[], Record<string, string>][] = [
    ['without a terminal', [], {}],
    ['with --json', ['--json'], {}],
    ['with NO_COLOR', [], { NO_COLOR: '1', FORCE_COLOR: '1' }],
  ];
  test.each(cases)('%s has no escape byte in it', async (_name, flags, env) => {
    script = [...said(wild), { type: 'error', message: wild }, ...end];
    const { out, err } = await run(['chat', '--text', 'hi', ...flags], { env });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(out + err).not.toMatch(/[\u001b\u009b\u202e]/);
    expect(out).toContain('evil');
  });

  test('with --json is one JSON value a line', async () => {
    script = [...said(wild), ...end];
    const { out } = await run(['chat', '--text', 'hi', '--json']);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ type }) => type)).toEqual(script.map((event) => (event as Event).type));
    expect(events[2].delta).toBe(wild);
    for (const args of [['models'], ['list'], ['read', 'bb'], ['stop', 'bb'], ['plugins']])
      expect(typeof JSON.parse((await run([...args, '--json'])).out)).toBe('object');
  });

  // `script` lends a terminal; it belongs to util-linux.
  const terminal = existsSync('/usr/bin/script') ? test : test.skip;
  const onTerminal = (command: string, env: Record<string, string> = {}) =>
    new Promise<string>((resolve) => {
      const line = `stty cols 20; ${process.execPath} ${cli} ${command}`;
      execFile(
        '/usr/bin/script',
        ['-qec', line, '/dev/null'],
        { cwd: base, env: environment({ TERM: 'xterm', ...env }) as NodeJS.ProcessEnv },
        (_e, out) => resolve(out),
      ).stdin?.end();
    });
  terminal('on a terminal is coloured, but a model cannot steer it', async () => {
    script = [...said(wild), ...end];
    const out = await onTerminal('chat --text hi');
    expect(out).toContain('\\x1b]52;c;aGk=\\x07\\x1b[2J\\u202eevil\\x9b31m');
    expect(out).toContain('\u001b[2m[usage] \u001b[22m');
    expect(await onTerminal('chat --text hi', { NO_COLOR: '1' })).not.toContain('\u001b');
  });
  terminal('fits a terminal of 20 columns', async () => {
    expect((await onTerminal('list')).split('\r\n')[0]).toBe('aaaa-1 | First | 2m');
    expect(await onTerminal('--help')).toContain('--server');
  });

  test('ends quietly when nobody reads it any more', async () => {
    script = [...said(...Array.from({ length: 5000 }, () => `${'x'.repeat(200)}\n`)), ...end];
    const { out, err } = await new Promise<Outcome>((resolve) =>
      execFile(
        'sh',
        ['-c', '{ "$0" "$1" chat --text hi; echo "code $?" >&2; } | head -1', process.execPath, cli],
        { env: environment() as NodeJS.ProcessEnv },
        (error, out, err) => resolve({ code: error?.code, out, err }),
      ),
    );
    expect({ out, err }).toEqual({ out: `${'x'.repeat(200)}\n`, err: 'code 0\n' });
  });
});

describe('wrong usage ends with 2 and says what would be right', () => {
  test.each([
    [['modles'], 'did you mean "models"'],
    [['lst'], 'did you mean "list"'],
    [['chat', '--txet', 'hi'], 'unknown flag "--txet"; did you mean "--text"?'],
    [['models', '--effort', 'low'], '"dispatch models" takes no --effort'],
    [['chat', '--text'], '--text needs a value'],
    [['chat', '--text', '--json'], 'is written --text=-…'],
    [['chat', '--text', 'a', '--effort', 'banana'], 'it must be one of "low", "medium", "high", "xhigh", "max"'],
    [['chat', '--text', 'a', '--', 'b'], 'nothing can stand after "--"'],
    [['a/one', 'b', '--text', 'a'], 'is given with --text'],
    [['chat'], 'nothing to say'],
    [['chat', '--text', 'a', '--file', 'b'], 'not both'],
    [['chat', '--text', ' '], 'the message is empty'],
    [['send'], 'see "dispatch send --help"'],
    [['send', '', '--text', 'a'], 'the conversation id is empty'],
    [['list', '--status', 'idel'], 'did you mean "idle"'],
    [['models', '--server', 'ftp://x'], 'only http: and https:'],
    [['models', '--server', 'http://me:pw@x'], 'process list'],
    [['chat', '--api-key', 'sk-secret'], 'process list'],
    [['chat', '--token=sk-secret'], 'DISPATCH_TOKEN'],
    [[], 'dispatch <command>'],
  ])('%j', async (args, words) => {
    const { code, out, err } = await run(args);
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringContaining(words) });
    expect(err).not.toContain('sk-secret');
    expect(asked).toEqual([]);
  });
});

describe('the server', () => {
  test('that is not there ends with 3 and how to start one', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    for (const args of [['models'], ['chat', '--text', 'hi']])
      expect(await run([...args, '--server', `http://localhost:${port}`])).toEqual({
        code: 3,
        out: '',
        err: expect.stringMatching(/no server answers at http:\/\/localhost:\d+ .* Start one with "dispatch-server"/),
      });
  });

  test('is found at localhost when it listens on ::1 only', async () => {
    const six = createServer((_request, response) => response.end('{"models":["six/one"]}')).listen(0, '::1');
    try {
      await once(six, 'listening');
    } catch {
      return; // This machine has no IPv6.
    }
    const { port } = six.address() as AddressInfo;
    expect((await run(['models'], { env: { DISPATCH_SERVER: '', BACKEND_PORT: String(port) } })).out).toBe('six/one\n');
    await new Promise((resolve) => six.close(resolve));
  });

  test('is quoted when it refuses, and is told the token from the environment only', async () => {
    refusal = { status: 409, text: '{"error":"a turn is already running"}' };
    expect(await run(['chat', '--text', 'hi'])).toMatchObject({ code: 1, err: 'dispatch: a turn is already running\n' });
    refusal = { status: 401, text: '{"error":"token needed"}' };
    expect((await run(['models'], { env: { DISPATCH_TOKEN: 'T' } })).err).toMatch(/token needed\. Set DISPATCH_TOKEN/);
    expect(authorization).toBe('Bearer T');
    refusal = { status: 200, text: '<html>' };
    expect((await run(['models'])).err).toMatch(/does not speak as a Dispatch server/);
  });

  test('needs no home directory and no locale that is known', async () => {
    expect((await run(['models'], { env: { LC_ALL: 'xx_YY.odd', LANG: 'zz' } })).code).toBe(0);
  });
});

describe('signals', () => {
  const begun = async (): Promise<{ child: ChildProcess; words: { out: string; err: string } }> => {
    const child = spawn(process.execPath, [cli, 'chat', '--text', 'hi'], { cwd: base, env: environment() as NodeJS.ProcessEnv });
    const words = { out: '', err: '' };
    child.stderr.on('data', (data) => (words.err += data));
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (data) => {
        words.out += data;
        resolve();
      });
      child.once('close', () => resolve());
    });
    return { child, words };
  };
  const ended = async (child: ChildProcess) => (await once(child, 'close'))[0];

  test('Ctrl-C stops the turn and waits for its end', async () => {
    script = [...said('begun'), 'wait', { type: 'done', reason: 'aborted' }, { type: 'turn-sealed' }];
    const { child, words } = await begun();
    child.kill('SIGINT');
    expect(await ended(child)).toBe(130);
    expect(asked.map(({ line }) => line)).toContain(`POST /conversations/${chatBody().conversationId}/stop`);
    expect(words.out).toBe(`begun\n[conversation] ${chatBody().conversationId}\n`);
  });

  test('a second Ctrl-C quits at once', async () => {
    script = [...said('begun'), 'wait', 'wait'];
    const { child, words } = await begun();
    child.kill('SIGINT');
    while (!words.err.includes('Ctrl-C again')) await once(child.stderr as Readable, 'data');
    child.kill('SIGINT');
    expect(await ended(child)).toBe(130);
    stopped();
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s ends it and leaves the turn running', async (signal) => {
    script = [...said('begun'), 'wait'];
    const { child } = await begun();
    child.kill(signal);
    expect(await ended(child)).toBe(143);
    expect(asked.some(({ line }) => line.endsWith('/stop'))).toBe(false);
    stopped();
  });
});
