import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Secrets } from 'dispatch/kernel';
import { quietLogger, testClock, testConfig } from 'dispatch/testing';
import * as z from 'zod';
import { route } from '../transport-http/contract.js';
import { startSockets } from '../transport-ws/socket-server.fixture.js';
import { AccessRoutes } from './access-routes.js';
import { AccessSockets } from './access-sockets.js';
import { TokenGate } from './gate.js';

export const folder = (): string => mkdtempSync(join(tmpdir(), 'dispatch-access-'));

export const goodToken = 'a-token-of-at-least-22-characters';

/** A gate as the host would start it. */
export function startGate(changes: Readonly<Record<string, unknown>> = {}, clock = testClock()) {
  const config = testConfig({ auth: 'token', 'http.host': '127.0.0.1', dataDir: folder(), ...changes });
  const logger = quietLogger();
  const known: string[] = [];
  const secrets: Secrets = { add: (value) => void known.push(value), mask: (text) => text, withoutSecrets: () => ({}) };
  const gate = new TokenGate(config, clock, secrets, logger);
  gate.start();
  return { gate, config, logger, clock, known };
}

/** A server with HTTP and sockets behind the gate, and a route that counts how often it is reached. */
export async function startAccess(changes: Readonly<Record<string, unknown>> = {}) {
  const started = startGate(changes);
  const { gate, config, clock } = started;
  let reached = 0;
  const counted = { summary: 'Counts', handle: () => ({ reached: ++reached }) };
  const routes = [
    ...new AccessRoutes(gate, config).routes,
    route({ method: 'GET', path: '/count', ...counted }),
    route({ method: 'POST', path: '/count', ...counted, body: z.unknown(), bodyOptional: true }),
  ];
  const sockets = await startSockets([new AccessSockets(gate)], { changes: { ...changes }, clock, routes, authentication: gate });
  const url = `http://127.0.0.1:${sockets.ports.http}`;
  return {
    ...started,
    sockets,
    url,
    reached: () => reached,
    token: () => ({ authorization: `Bearer ${goodToken}` }),
    ask: async (path: string, init: RequestInit & { method?: string } = {}) => {
      const answer = await fetch(url + path, { redirect: 'manual', ...init });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
    },
    stop: () => sockets.stop(),
  };
}
export type AccessServer = Awaited<ReturnType<typeof startAccess>>;

/** The cookie that an answer sets, as a browser would send it back. */
export const cookieOf = (headers: Headers): string => (headers.get('set-cookie') ?? '').split(';', 1)[0] as string;

/** Whether this machine lets the test act as another user, and why not. */
export const canActAsOthers = process.platform === 'linux' && process.getuid?.() === 0;
export const otherUid = 12_345;

/** Runs a script in a process of another user; answers the JSON it writes. */
export function asOther<T>(script: string, uid = otherUid): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', script], { uid, gid: uid, cwd: '/', env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.once('error', reject);
    child.once('close', () => resolve(JSON.parse(output) as T));
  });
}

/** Statuses of requests that another user sends one after another. */
export const askedByOther = (url: string, headers: readonly Record<string, string>[]): Promise<number[]> =>
  asOther(`
    const { request } = require('node:http');
    const ask = (headers) => new Promise((done) => request(${JSON.stringify(url)}, { headers }, (answer) => {
      answer.resume();
      answer.on('end', () => done(answer.statusCode));
    }).end());
    (async () => {
      const statuses = [];
      for (const headers of ${JSON.stringify(headers)}) statuses.push(await ask(headers));
      process.stdout.write(JSON.stringify(statuses));
    })();`);
