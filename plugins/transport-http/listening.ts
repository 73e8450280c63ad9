import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `use` stands behind the address, such as `, for WebSockets,`. */
export interface PortWords {
  setting: string;
  use: string;
}

/**
 * Listens, and answers the port: the one asked for, or the one that was given for 0. Rejects with a clear sentence.
 * @param words what the port is for and what changes it, for the user
 */
export function listen(server: Server, host: string, port: number, signal: AbortSignal, words?: PortWords): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(new Error(whyNot(error, host, port, words), { cause: error }));
    const cancelled = () => {
      server.close();
      reject(new Error(`listening on ${host} took too long`));
    };
    server.once('error', failed);
    signal.addEventListener('abort', cancelled, { once: true });
    server.listen({ host: host.replace(/^\[(.*)\]$/, '$1'), port }, () => {
      server.off('error', failed);
      signal.removeEventListener('abort', cancelled);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Why a server cannot listen, and what to change. */
export function whyNot(
  { code, message }: NodeJS.ErrnoException,
  host: string,
  port: number,
  { setting, use }: PortWords = { setting: 'BACKEND_PORT (or http.port)', use: '' },
): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host}${use} is in use by another program: stop it, or set ${setting} to another port`;
    case 'EACCES':
      return `port ${port} on ${host}${use} may not be used by this user: set ${setting} to one above 1023`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `this machine has no address "${host}" to listen on: set DISPATCH_HOST (or http.host) to one that it has`;
    default:
      return `cannot listen on ${host} port ${port}: ${message}`;
  }
}
