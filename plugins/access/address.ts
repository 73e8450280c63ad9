import { isIP } from 'node:net';

/**
 * The bytes of an address in network order: 4 of an IPv4 one and of one mapped into IPv6, 16 of any other; undefined
 * when it is none. A zone (`%eth0`) is left out.
 */
export function addressBytes(text: string): number[] | undefined {
  const bare = text.replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 4) return bare.split('.').map(Number);
  if (family !== 6) return undefined;
  const [head = '', tail] = bare.split('::');
  const [left, right] = [bytesOf(head), bytesOf(tail ?? '')];
  const bytes = [...left, ...Array<number>(16 - left.length - right.length).fill(0), ...right];
  return isMapped(bytes) ? bytes.slice(12) : bytes;
}

/** Of groups between colons; the last may be an IPv4 address. */
const bytesOf = (groups: string): number[] =>
  groups === ''
    ? []
    : groups.split(':').flatMap((group) => {
        if (group.includes('.')) return group.split('.').map(Number);
        const value = Number.parseInt(group, 16);
        return [value >> 8, value & 255];
      });

const isMapped = (bytes: readonly number[]): boolean =>
  bytes.slice(0, 10).every((each) => each === 0) && bytes[10] === 255 && bytes[11] === 255;

/** Whether bytes of an address can only be this machine's. */
export const isLoopback = (bytes: readonly number[]): boolean =>
  bytes.length === 4 ? bytes[0] === 127 : bytes.every((each, at) => each === (at === 15 ? 1 : 0));

/** Whether whoever listens on this address or name is reached from this machine only. */
export function bindsLoopback(host: string): boolean {
  const bare = host.trim().replace(/^\[(.*)\]$/, '$1');
  if (bare.toLowerCase() === 'localhost') return true;
  const bytes = addressBytes(bare);
  return bytes !== undefined && isLoopback(bytes);
}

/**
 * What wrong tries of a peer are counted under: an IPv4 address, whichever way it is spelt, or the /64 of an IPv6 one,
 * since whoever has one address of a /64 has all of them. Loopback is one peer.
 */
export function countedAs(address: string | undefined): string {
  const bytes = addressBytes(address ?? '');
  if (!bytes) return 'unknown';
  if (isLoopback(bytes)) return loopback;
  return bytes.length === 4 ? bytes.join('.') : `${Buffer.from(bytes.slice(0, 8)).toString('hex')}/64`;
}

/** What all of loopback is counted under. */
export const loopback = 'loopback';
