import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { safetyHeaders } from './answers.js';

const reasons: Readonly<Record<string, [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    'the headers are larger than this server takes: send less, or raise http.headerLimit',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'the request took too long to arrive: send it faster'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Content Too Large', 'the chunk extensions are too large: leave them out'],
};
const malformed: [number, string, string] = [400, 'Bad Request', 'this is not a well-formed HTTP/1.1 request'];

/** The whole answer to what could not be read as a request, as it goes over the wire. */
export function brokenRequestAnswer(code: string | undefined): string {
  const [status, phrase, error] = reasons[code ?? ''] ?? malformed;
  const body = JSON.stringify({ error, code: 'bad_request' });
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    ...safetyHeaders,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${phrase}\r\n${lines.join('')}\r\n${body}`;
}

/** Answers broken requests in JSON and closes their connections; in the middle of another answer it only closes. */
export function answerBrokenRequests(server: Server): void {
  const latest = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request, response) => latest.set(request.socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const response = latest.get(socket);
    const answering = response && !response.writableFinished && (response.headersSent || response.req.complete);
    if (error.code === 'ECONNRESET' || !socket.writable || answering) return void socket.destroy();
    socket.end(brokenRequestAnswer(error.code), () => socket.destroy());
  });
  server.on('checkExpectation', (_request, response: ServerResponse) => {
    const body = JSON.stringify({ error: 'only "Expect: 100-continue" is understood' });
    response.writeHead(417, { 'Content-Type': 'application/json; charset=utf-8', ...safetyHeaders }).end(body);
  });
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    const body = JSON.stringify({ error: 'this server is no proxy: CONNECT is not served' });
    socket.end(
      `HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, POST, PUT, DELETE, OPTIONS\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
}
