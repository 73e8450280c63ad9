import { readFile } from 'node:fs/promises';
import { failure } from '../cli-error.js';
import { isLoopback, listeners, mayBeTold } from './listener.js';

/** The token in the file; undefined when there is none. */
export async function tokenIn(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() || undefined;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw failure(
      `the token file ${path} cannot be read (${code}); run this as the user who runs the server, or set DISPATCH_TOKEN`,
      cause,
    );
  }
}

/** The token of this user's own server. It is handed to no other machine, and to nobody else's process on this one. */
export async function ownToken(address: string): Promise<string | undefined> {
  if (!isLoopback(address)) return undefined;
  const { protocol, port } = new URL(address);
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')));
  const listening = tables.flatMap((table) => listeners(table, Number(port) || (protocol === 'https:' ? 443 : 80)));
  if (!mayBeTold(listening, process.getuid?.())) return undefined;
  const { tokenPlace } = await import('../local-config.js');
  const { given, file } = tokenPlace();
  return given ?? tokenIn(file);
}
