import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChatEvent, ChatRequest, HistoryAnswer } from 'dispatch/wire';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** `DISPATCH_TEST_DIST`: a build of its own, relative to the checkout. */
/** Without what `npm test` puts before it: language servers of this project are not the user's. */
export const ownPath = (process.env.PATH ?? '')
  .split(':')
  .filter((folder) => !folder.endsWith('node_modules/.bin') && !folder.includes('node-gyp-bin'))
  .join(':');
export const serverFile = join(resolve(root, process.env.DISPATCH_TEST_DIST ?? 'dist'), 'apps/server/main.js');

export const folder = (name: string): string => realpathSync(mkdtempSync(join(tmpdir(), `dispatch-${name}-`)));

export async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

export interface ServerOptions {
  providerUrl?: string;
  dataDir?: string;
  cwd?: string;
  env?: Record<string, string>;
  /** Written to the start directory's configuration file. */
  config?: Record<string, unknown>;
  /** Written to the user's configuration file, which may set more. */
  userConfig?: Record<string, unknown>;
  port?: number;
}

/** The built server as a process of its own, spoken to over the network only. */
export class RealServer {
  output = '';
  readonly exited: Promise<number | null>;

  private constructor(
    readonly process: ChildProcess,
    readonly port: number,
    readonly dataDir: string,
    readonly cwd: string,
  ) {
    for (const stream of [process.stdout, process.stderr]) stream?.on('data', (data) => (this.output += data));
    this.exited = new Promise((resolve) => process.once('exit', resolve));
  }

  static async spawn({
    providerUrl,
    dataDir = folder('data'),
    cwd = folder('work'),
    env = {},
    config,
    userConfig,
    port,
  }: ServerOptions = {}): Promise<RealServer> {
    const [http, ws] = [port ?? (await freePort()), await freePort()];
    const home = join(cwd, '.home');
    mkdirSync(home, { recursive: true });
    if (config) writeFileSync(join(cwd, 'dispatch.config.json'), JSON.stringify(config));
    mkdirSync(join(home, '.config/dispatch'), { recursive: true });
    if (userConfig) writeFileSync(join(home, '.config/dispatch/dispatch.config.json'), JSON.stringify(userConfig));
    const child = spawn(process.execPath, [serverFile], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: ownPath,
        HOME: home,
        BACKEND_PORT: String(http),
        SURFACE_WS_PORT: String(ws),
        DISPATCH_DATA_DIR: dataDir,
        ...(providerUrl && { DISPATCH_API_KEY: 'sk-test-0123456789', DISPATCH_BASE_URL: providerUrl, DISPATCH_MODEL: 'mock-1' }),
        ...env,
      },
    });
    return new RealServer(child, http, dataDir, cwd);
  }

  static async start(options?: ServerOptions): Promise<RealServer> {
    const server = await RealServer.spawn(options);
    await server.ready();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async ready(): Promise<void> {
    for (;;) {
      if (this.process.exitCode !== null) throw new Error(`the server ended with ${this.process.exitCode}: ${this.output}`);
      const answer = await fetch(`${this.url}/health`).catch(() => undefined);
      if (answer?.status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async get<T>(path: string): Promise<T> {
    return (await (await fetch(this.url + path)).json()) as T;
  }

  async post<T>(path: string, body?: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(this.url + path, { method: 'POST', headers, body: body === undefined ? undefined : JSON.stringify(body) });
    return (await answer.json()) as T;
  }

  history(id: string): Promise<HistoryAnswer> {
    return this.get(`/conversations/${id}`);
  }

  /** Runs a turn; answers its events as they were when the stream ended, or broke. */
  async chat(request: ChatRequest, seen: (event: ChatEvent) => void = () => undefined): Promise<ChatEvent[]> {
    const events: ChatEvent[] = [];
    const answer = await fetch(`${this.url}/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    if (answer.status !== 200) throw new Error(`POST /chat: ${answer.status} ${await answer.text()}`);
    let rest = '';
    const decoder = new TextDecoder();
    try {
      for await (const bytes of answer.body as unknown as AsyncIterable<Uint8Array>) {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
        rest = lines.pop() as string;
        for (const line of lines) {
          const event = JSON.parse(line) as ChatEvent;
          events.push(event);
          seen(event);
        }
      }
    } catch (thrown) {
      if (this.process.exitCode === null && this.process.signalCode === null) throw thrown;
    }
    return events;
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exited;
  }

  async stop(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGTERM');
    return this.exited;
  }

  /** Resident memory in MiB. */
  rss(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.process.pid}/status`, 'utf8'))?.[1]) / 1024;
  }
}

/** The order of events; a run of the same delta counts once. */
export function outline(events: readonly ChatEvent[]): string[] {
  const types = events.map((event) => event.type).filter((type) => type !== 'status');
  return types.filter((type, i) => !(type === types[i - 1] && /-delta$|^tool-output$/.test(type)));
}
