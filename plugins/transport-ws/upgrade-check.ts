import type { IncomingMessage } from 'node:http';

/** Why a request does not become a socket. */
export interface UpgradeRefusal {
  status: number;
  /** What is wrong and what would be right. */
  error: string;
  code?: string;
  headers?: Readonly<Record<string, string>>;
}

/** Node counts only the bytes of names and values; thousands of tiny headers are refused by number. */
const maxHeaders = 256;

/** It asks for something else than a socket, or not in the way of an upgrade. */
export const noUpgrade: UpgradeRefusal = {
  status: 426,
  error: 'this is a WebSocket: ask with "Connection: Upgrade" and "Upgrade: websocket"',
  headers: { Upgrade: 'websocket', Connection: 'close, Upgrade' },
};

/** Asked before anything else is looked at. */
export function headerProblem({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): UpgradeRefusal | undefined {
  if (rawHeaders.length <= 2 * maxHeaders) return undefined;
  return { status: 431, error: `the request has more than ${maxHeaders} headers: send fewer` };
}

/** Why this is no proper opening of a socket; `path` is the only one that is served, undefined for any. */
export function upgradeProblem(request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>, path?: string): UpgradeRefusal | undefined {
  const { method, url = '', headers } = request;
  if (path !== undefined && pathOf(url) !== path) return { status: 404, error: `there is no WebSocket here: open one at ${path}` };
  if (method !== 'GET') return { status: 405, error: `a WebSocket is opened with GET, not ${method}`, headers: { Allow: 'GET' } };
  if (headers.upgrade?.toLowerCase() !== 'websocket') return noUpgrade;
  if (headers['sec-websocket-version'] !== '13')
    return {
      status: 426,
      error: 'this version of the WebSocket protocol is not spoken here: send "Sec-WebSocket-Version: 13"',
      headers: { ...noUpgrade.headers, 'Sec-WebSocket-Version': '13' },
    };
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers['sec-websocket-key'] ?? ''))
    return { status: 400, error: 'the Sec-WebSocket-Key is missing or malformed: send 16 random bytes in base64' };
  return undefined;
}

/** The path of a request target, also of an absolute one. */
function pathOf(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split('?', 1)[0] ?? '';
  return path === '' ? '/' : path;
}
