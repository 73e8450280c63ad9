import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { type AddressKind, addressKind } from './address-kind.js';
import { AddressRefused, hostKind } from './web-address.js';

/** Every address of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface GuardOptions {
  /** Kinds that may be asked for beside `public`; none when absent. */
  allowed?: readonly AddressKind[];
  /** What the operating system says (hosts file included) when absent. */
  resolve?: Resolve;
  /** What to do with a name that has no address here: `refuse` (when absent), or `pass` it on to who finds its own way. */
  unknown?: 'refuse' | 'pass';
}

/**
 * Keeps requests off the local network: judges the host as it is written, then **every** address its name has. Throws an
 * `AddressRefused`. Ask again for each redirect. Whoever connects by itself also hands `guardedLookup` to the socket, so
 * that a name cannot change its address in between.
 */
export async function refuseLocal(url: URL, { allowed = [], resolve = resolved, unknown = 'refuse' }: GuardOptions = {}): Promise<void> {
  const written = hostKind(url);
  if (written !== undefined) return judge(url.hostname, written, allowed);
  const host = url.hostname.replace(/\.+$/, '');
  const addresses = await resolve(host).catch((cause: unknown) => {
    if (unknown === 'pass') return [];
    throw new AddressRefused(`${host} has no address here (${codeOf(cause)}): check its spelling`, { cause });
  });
  for (const address of addresses) judge(`${host} (${address})`, addressKind(address), allowed);
}

/** As `dns.lookup`, for `net.connect` and what is built on it: fails when any address of the name is not allowed. */
export function guardedLookup(allowed: readonly AddressKind[] = []): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      const problem = error ?? problemIn(host, addresses, allowed);
      const [first] = addresses ?? [];
      if (problem || !first) callback(problem ?? new AddressRefused(`${host} has no address`), '', 0);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function problemIn(host: string, addresses: readonly LookupAddress[], allowed: readonly AddressKind[]): AddressRefused | undefined {
  try {
    for (const { address } of addresses) judge(`${host} (${address})`, addressKind(address), allowed);
    return undefined;
  } catch (thrown) {
    return thrown as AddressRefused;
  }
}

function judge(shown: string, kind: AddressKind, allowed: readonly AddressKind[]): void {
  if (kind === 'public' || allowed.includes(kind)) return;
  const what = { loopback: 'this machine', private: 'the local network', 'link-local': 'the local link', reserved: 'a reserved network' }[
    kind
  ];
  throw new AddressRefused(`${shown} is not asked for: it is an address of ${what}`);
}

const resolved: Resolve = (host) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true, verbatim: true }, (error, found) => (error ? reject(error) : resolve(found.map(({ address }) => address))));
  });

const codeOf = (thrown: unknown): string => (thrown as NodeJS.ErrnoException).code ?? 'unknown';
