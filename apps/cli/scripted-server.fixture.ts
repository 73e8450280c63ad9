import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { ChatRequest, ConversationMeta } from 'dispatch/wire';
import { buildSync } from 'esbuild';

/** Where the built command line lies, and its working directory. */
export const base = realpathSync(mkdtempSync(join(tmpdir(), 'cli-')));
export const cli = join(base, 'cli.mjs');

export type Event = { type: string; [field: string]: unknown };
interface Request {
  line: string;
  body: unknown;
}

/** A server that speaks the contract, says what a test scripted, and remembers what it was asked. */
export const server = {
  asked: [] as Request[],
  conversations: [] as ConversationMeta[],
  /** Events of the next turn; `wait` holds the stream until the turn is stopped, `cut` breaks the connection. */
  script: [] as (Event | 'wait' | 'cut')[],
  /** `only`: for requests whose path ends so. `unless`: the token that is let in. */
  refusal: undefined as { status: number; text: string; only?: string; unless?: string } | undefined,
  stopped: (): void => {},
  authorization: undefined as string | undefined,
  address: '',
  hits: [] as { conversationId: string; title: string; seq: number; snippet: string; marks: [number, number][] }[],
  /** Whether a turn runs, for those who ask. */
  active: true,
};

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const piece of request) text += piece;
  const body = text ? JSON.parse(text) : undefined;
  server.asked.push({ line: `${request.method} ${request.url}`, body });
  server.authorization = request.headers.authorization;
  const url = new URL(request.url ?? '/', 'http://x');
  const json = (value: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  const { refusal } = server;
  const letIn = refusal?.unless !== undefined && request.headers.authorization === `Bearer ${refusal.unless}`;
  if (refusal && !letIn && url.pathname.endsWith(refusal.only ?? '')) return void response.writeHead(refusal.status).end(refusal.text);
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
    return void json({ conversations: server.conversations.filter(({ id }) => id.startsWith(q)) });
  }
  const conversationId = url.pathname.split('/')[2];
  if (url.pathname.endsWith('/open')) return void json({ conversationId });
  if (url.pathname.endsWith('/status')) return void json({ conversationId, isActive: server.active, status: 'idle' });
  if (url.pathname === '/search') {
    const at = Number(url.searchParams.get('cursor') ?? 0); // one hit a page
    return void json({ hits: server.hits.slice(at, at + 1), ...(at + 1 < server.hits.length && { cursor: String(at + 1) }) });
  }
  if (url.pathname.includes('/queue')) {
    const queue = ['one', 'two'].map((text, i) => ({ id: ['m1-first', 'm2-second'][i], text, queuedAt: Date.now() - 60_000 }));
    return void json({ conversationId, queue, startedTurn: false, cancelled: true });
  }
  if (url.pathname.endsWith('/stop')) {
    server.stopped();
    return void json({ conversationId, abortedTurn: true });
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
  for (const event of server.script) {
    if (event === 'cut') return void response.socket?.end();
    if (event === 'wait')
      await new Promise<void>((resolve) => {
        server.stopped = resolve;
      });
    else response.write(`${JSON.stringify({ conversationId, turnId: 't', ...event })}\n`);
  }
  response.end();
}

const http = createServer((request, response) => void handle(request, response));
beforeAll(async () => {
  buildSync({
    entryPoints: [join(process.cwd(), 'apps/cli/main.ts')],
    outfile: cli,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  server.address = `http://localhost:${(http.address() as AddressInfo).port}`;
});
afterAll(async () => {
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
  rmSync(base, { recursive: true, force: true });
});
beforeEach(() => {
  server.asked = [];
  server.script = [...said('hello'), ...end];
  server.conversations = [meta('aaaa-1', 'First'), meta('aaaa-2', 'Second'), meta('bbbb-1', 'Third')];
  server.refusal = undefined;
  server.hits = [];
});

const meta = (id: string, title: string): ConversationMeta => ({
  ...{ id, title, createdAt: 0, lastActivityAt: Date.now() - 120_000, status: 'idle', workspaceId: 'default' },
});
export const said = (...deltas: string[]): Event[] => [
  { type: 'user-message', text: 'hi' },
  { type: 'turn-start' },
  ...deltas.map((delta) => ({ type: 'text-delta', delta })),
];
export const usage = { type: 'usage', usage: { inputTokens: 3, outputTokens: 4 } };
export const end: Event[] = [usage, { type: 'done', reason: 'stop' }, { type: 'turn-sealed' }];

export interface Outcome {
  code: number | string | null | undefined;
  out: string;
  err: string;
}
/** A bare environment: no home, no locale. */
export const environment = (extra: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  DISPATCH_SERVER: server.address,
  ...extra,
});
/** Runs the real command line to its end. */
export const run = (args: string[], { env, input = '' }: { env?: Record<string, string>; input?: string } = {}) =>
  new Promise<Outcome>((resolve) => {
    const child = execFile(process.execPath, [cli, ...args], { cwd: base, env: environment(env) }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, out, err }),
    );
    child.stdin?.end(input);
  });
export const chatBody = () => server.asked.find(({ line }) => line === 'POST /chat')?.body as ChatRequest;
