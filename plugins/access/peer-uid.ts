import { endianness } from 'node:os';
import { addressBytes } from './address.js';

/** One end of a connection. */
export interface End {
  address: string;
  port: number;
}

/** What the kernel shows for users that do not exist in this container; it may stand for anybody. */
const overflowUid = 65_534;

/**
 * Whose process holds the far end of a connection, by a text of `/proc/net/tcp` or `/proc/net/tcp6`; undefined when it
 * does not say. Only a row with an inode has an owner: of an end that was closed already the kernel says 0, which is
 * root. Pure.
 */
export function uidIn(table: string, far: End, near: End, littleEndian = endianness() === 'LE'): number | undefined {
  const six = table.includes('remote_address');
  const [from, to] = [spelt(far, six, littleEndian), spelt(near, six, littleEndian)];
  if (from === undefined || to === undefined) return undefined;
  const row = `: ${from} ${to} `;
  const at = table.indexOf(row);
  if (at < 0) return undefined;
  const rest = table.slice(at + row.length, at + row.length + 200);
  const [, uid, inode] = /^[0-9A-F]{2} [0-9A-F:]+ [0-9A-F:]+ [0-9A-F]+ +(\d+) +\d+ +(\d+)/.exec(rest) ?? [];
  if (uid === undefined || inode === undefined || inode === '0' || Number(uid) === overflowUid) return undefined;
  return Number(uid);
}

/** An end as the tables spell it: words of four bytes as this machine reads them, then the port. */
function spelt({ address, port }: End, six: boolean, littleEndian: boolean): string | undefined {
  const bytes = addressBytes(address);
  if (!bytes || (bytes.length === 16 && !six)) return undefined;
  const whole = six && bytes.length === 4 ? [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...bytes] : bytes;
  let text = '';
  for (let at = 0; at < whole.length; at += 4) {
    const word = whole.slice(at, at + 4);
    text += Buffer.from(littleEndian ? word.reverse() : word).toString('hex');
  }
  return `${text}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}
