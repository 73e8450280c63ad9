import { usageError } from './cli-error.js';

/** The server's address: `--server`, else `DISPATCH_SERVER`, else the local one at `BACKEND_PORT`. No slash at the end. */
export function serverAddress(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  if (flag !== undefined) return checked(flag, '--server');
  if (env.DISPATCH_SERVER) return checked(env.DISPATCH_SERVER, 'DISPATCH_SERVER');
  const port = env.BACKEND_PORT || '24203';
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    throw usageError(`BACKEND_PORT is "${port}"; it must be a port number from 1 to 65535`);
  return `http://localhost:${port}`;
}

function checked(address: string, source: string): string {
  const spelt = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  if (!URL.canParse(spelt)) throw usageError(`${source} is "${address}"; it must be an address such as http://localhost:24203`);
  const url = new URL(spelt);
  if (url.username || url.password)
    throw usageError(`${source} must not hold a user name or password: others can see it in the process list. Set DISPATCH_TOKEN instead`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw usageError(`${source} is "${address}"; only http: and https: addresses can be used`);
  if (url.search || url.hash) throw usageError(`${source} must end with the path: what follows a "?" or "#" is not sent`);
  return url.origin + url.pathname.replace(/\/+$/, '');
}
