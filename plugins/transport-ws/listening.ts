import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens, and answers the port: the one asked for, or the one that was given for 0. Rejects with a clear sentence. */
export function listen(server: Server, host: string, port: number, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(new Error(whyNot(error, host, port), { cause: error }));
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

function whyNot({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `port ${port} on ${host}, for WebSockets, is in use by another program: stop it, or set SURFACE_WS_PORT (or ws.port) to another port`;
  if (code === 'EACCES') return `port ${port} on ${host} may not be used by this user: set SURFACE_WS_PORT (or ws.port) to one above 1023`;
  return `cannot listen for WebSockets on ${host} port ${port}: ${message}`;
}
