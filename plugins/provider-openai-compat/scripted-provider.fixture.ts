import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';

/** A request as it reached the scripted provider. */
export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body as JSON; undefined when there is none. */
  json: Record<string, unknown> | undefined;
}

/** What the provider does with the request of this number, from 0. */
export type Reply = (response: ServerResponse, request: Received, number: number) => void | Promise<void>;

export interface ScriptedProvider {
  /** Ends in `/v1`. */
  baseURL: string;
  requests: Received[];
  /** Connections open now. */
  open(): number;
  /** Connections there ever were. */
  connections(): number;
  /** Resolves when no connection is open. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

/** A real HTTP server on loopback that answers as it is told; for tests only. */
export async function scriptedProvider(reply: Reply): Promise<ScriptedProvider> {
  const requests: Received[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let whenQuiet: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    const received: Received = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      text,
      json: text === '' ? undefined : JSON.parse(text),
    };
    await reply(response, received, requests.push(received) - 1);
  });
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) for (const tell of whenQuiet.splice(0)) tell();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    open: () => sockets.size,
    connections: () => connections,
    quiet: () =>
      new Promise((resolve) => {
        if (sockets.size === 0) resolve();
        else whenQuiet = [...whenQuiet, resolve];
      }),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Takes connections and says nothing, so that nobody gets further than to connect; its address is on https://. */
export async function muteProvider(): Promise<Pick<ScriptedProvider, 'baseURL' | 'open' | 'quiet' | 'close'>> {
  const sockets = new Set<Socket>();
  let whenQuiet = () => {};
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) whenQuiet();
    });
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseURL: `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    open: () => sockets.size,
    quiet: () =>
      new Promise((resolve) => {
        if (sockets.size === 0) resolve();
        else whenQuiet = resolve;
      }),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** One server-sent event of a chat completion chunk. */
export const frame = (delta: unknown, finish: string | null = null, more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;

export const lastFrame = 'data: [DONE]\n\n';

/** Begins a stream of events. */
export const begin = (response: ServerResponse): ServerResponse => response.writeHead(200, { 'content-type': 'text/event-stream' });

/** A whole stream: the events given, each in a write of its own, then the end. */
export const sse = (response: ServerResponse, ...events: (string | Buffer)[]): void => {
  begin(response);
  for (const event of events) response.write(event);
  response.end();
};

export const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};
