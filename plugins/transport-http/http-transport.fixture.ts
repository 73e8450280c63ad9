import { connect, type Socket } from 'node:net';
import { type Config, KernelError } from 'dispatch/kernel';
import { quietLogger } from 'dispatch/testing';
import type { AccessRule, Authentication, HealthCheck, Route, RouteGroup } from './contract.js';
import { HttpTransport } from './http-transport.js';
import { RequestAccess } from './request-access.js';

/** Settings for tests: just a record. */
export function settings(values: Readonly<Record<string, unknown>>): Config {
  const read =
    <T>(fits: (value: unknown) => boolean) =>
    (key: string): T => {
      if (!fits(values[key])) throw new KernelError('config-type', `the test sets no fitting "${key}"`);
      return values[key] as T;
    };
  return {
    value: (key) => values[key],
    text: read((value) => typeof value === 'string'),
    number: read((value) => typeof value === 'number'),
    flag: read((value) => typeof value === 'boolean'),
    list: read(Array.isArray),
  };
}

export const defaults = {
  'http.port': 0,
  'http.host': '127.0.0.1',
  'http.allowedHosts': [] as string[],
  'http.allowedOrigins': [] as string[],
  'http.devPorts': [24204, 25204],
  'http.bodyLimit': 16 * 1024 * 1024,
};

/** Nobody is asked who they are. */
export const everybody: Authentication = { check: () => undefined };

/** A server on a port of its own that serves the given routes; the lists stay live. */
export async function startServer(
  routes: readonly Route[],
  changes: Partial<typeof defaults> & Readonly<Record<string, unknown>> = {},
  authentication: Authentication = everybody,
) {
  const config = settings({ ...defaults, ...changes });
  const logger = quietLogger();
  const groups: RouteGroup[] = [{ routes }];
  const checks: HealthCheck[] = [];
  const rules: AccessRule[] = [];
  const transport = new HttpTransport(config, logger, groups, checks, new RequestAccess(config, rules, authentication));
  await transport.start(new AbortController().signal);
  const { port } = transport;
  return {
    transport,
    logger,
    groups,
    checks,
    rules,
    port,
    url: `http://127.0.0.1:${port}`,
    stop: () => transport.stop(),
    /** Sends bytes as they are; answers all that comes back until the server closes, or until `enough`. */
    raw: (bytes: string | Buffer, enough?: (answer: string) => boolean) => exchange(port, bytes, enough),
  };
}

export type TestServer = Awaited<ReturnType<typeof startServer>>;

function exchange(port: number, bytes: string | Buffer, enough: (answer: string) => boolean = () => false) {
  return new Promise<string>((resolve) => {
    let answer = '';
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      if (enough(answer)) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}
