import { once } from 'node:events';
import { connect } from 'node:net';
import type { Clock, Config } from 'dispatch/kernel';
import { quietLogger, testClock, testConfig } from 'dispatch/testing';
import type { ServerMessage } from 'dispatch/wire';
import { type ClientOptions, WebSocket } from 'ws';
import type { AccessRule, Authentication, Route, RouteGroup } from '../transport-http/contract.js';
import { everybody } from '../transport-http/http-transport.fixture.js';
import { HttpTransport } from '../transport-http/http-transport.js';
import { RequestAccess } from '../transport-http/request-access.js';
import type { SocketHandler } from './contract.js';
import { SocketTransport } from './socket-transport.js';
import { AllSockets } from './sockets.js';

const defaults = {
  'http.port': 0,
  'http.host': '127.0.0.1',
  'http.allowedHosts': [],
  'http.allowedOrigins': [],
  'http.devPorts': [24204],
  'http.bodyLimit': 16 * 1024 * 1024,
  'ws.port': 0,
};

/** A real HTTP server with sockets on both of its doors; the list of handlers is live. */
export async function startSockets(
  handlers: SocketHandler[] = [],
  {
    changes = {},
    clock = testClock(),
    routes = [],
    authentication = everybody,
  }: { changes?: Record<string, unknown>; clock?: Clock; routes?: Route[]; authentication?: Authentication } = {},
) {
  const config: Config = testConfig({ ...defaults, ...changes });
  const logger = quietLogger();
  const rules: AccessRule[] = [];
  const access = new RequestAccess(config, rules, authentication);
  const groups: RouteGroup[] = [{ routes }];
  const http = new HttpTransport(config, logger, groups, [], access);
  const sockets = new AllSockets(handlers, config, clock, logger);
  const transport = new SocketTransport(config, http, access, sockets, logger);
  groups.push(transport);
  const { signal } = new AbortController();
  await http.start(signal);
  await transport.start(signal).catch(async (thrown: unknown) => {
    await http.stop();
    throw thrown;
  });
  return {
    ...{ http, transport, sockets, handlers, rules, logger },
    ports: { own: transport.port, http: http.port },
    urls: [`ws://127.0.0.1:${transport.port}/any/path`, `ws://127.0.0.1:${http.port}/ws`] as const,
    open: (options?: ClientOptions & { http?: boolean }) =>
      TestClient.open(options?.http ? `ws://127.0.0.1:${http.port}/ws` : `ws://127.0.0.1:${transport.port}`, options),
    async stop() {
      await transport.stop();
      sockets.stop();
      await http.stop();
    },
  };
}

export type SocketServer = Awaited<ReturnType<typeof startSockets>>;

/** A client that keeps all it gets. */
export class TestClient {
  readonly got: ServerMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly waiting = new Set<() => void>();

  private constructor(readonly ws: WebSocket) {
    ws.on('message', (data) => {
      this.got.push(JSON.parse(String(data)) as ServerMessage);
      for (const look of this.waiting) look();
    });
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
    ws.on('error', () => undefined);
  }

  static async open(url: string, options?: ClientOptions): Promise<TestClient> {
    const client = new TestClient(new WebSocket(url, options));
    await once(client.ws, 'open');
    return client;
  }

  send(message: unknown): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first message that fits, also of those that came already. */
  async message<T extends ServerMessage['type']>(
    type: T,
    fits: (message: Extract<ServerMessage, { type: T }>) => boolean = () => true,
  ): Promise<Extract<ServerMessage, { type: T }>> {
    const find = () => this.got.find((each): each is Extract<ServerMessage, { type: T }> => each.type === type && fits(each as never));
    for (;;) {
      const found = find();
      if (found) return found;
      await this.more();
    }
  }

  /** The next message that comes. */
  more(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
    });
  }

  /** Resolves when everything sent so far has been answered, by asking something nobody knows. */
  async settle(): Promise<void> {
    const mark = `mark-${Math.random()}`;
    this.send({ type: mark });
    const isMark = (message: ServerMessage) => message.type === 'error' && message.message.includes(mark);
    await this.message('error', isMark);
    this.got.splice(this.got.findIndex(isMark), 1);
  }

  close(): void {
    this.ws.close();
  }
}

/** Sends bytes as they are; answers all that comes back until the server closes, or until `enough`. */
export function raw(port: number, bytes: string | Buffer, enough: (answer: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      if (enough(answer)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

/** The request that opens a socket, with some of its headers changed; undefined leaves one out. */
export function upgradeRequest(changes: Record<string, string | undefined> = {}, target = '/ws', method = 'GET'): string {
  const headers: Record<string, string | undefined> = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...changes,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
