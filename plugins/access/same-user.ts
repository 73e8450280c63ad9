import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { type End, uidIn } from './peer-uid.js';

export type ReadTable = (path: string) => Promise<string>;

/** The kernel may leave a row out while the list changes: a missing one is looked for again. */
const tries = 2;

/**
 * Tells of a connection whether the user of this process holds its other end. A list takes milliseconds to read, so it
 * is asked once a connection, away from the event loop, and one reading serves all connections that wait for one.
 */
export class SameUser {
  private readonly found = new WeakMap<Socket, boolean | Promise<boolean>>();
  private readonly four: Table;
  private readonly six: Table;

  constructor(
    /** Undefined on platforms without user ids: nobody is known there. */
    private readonly uid: number | undefined,
    read: ReadTable = (path) => readFile(path, 'latin1'),
  ) {
    this.four = new Table('/proc/net/tcp', read);
    this.six = new Table('/proc/net/tcp6', read);
  }

  /** At once for a connection that is known, a promise for a new one; it never rejects. */
  of(socket: Socket): boolean | Promise<boolean> {
    const known = this.found.get(socket);
    if (known !== undefined) return known;
    const asked = this.ask(socket).then((answer) => {
      this.found.set(socket, answer);
      return answer;
    });
    this.found.set(socket, asked);
    return asked;
  }

  private async ask({ remoteAddress, remotePort, localAddress, localPort }: Socket): Promise<boolean> {
    if (this.uid === undefined || !remoteAddress || !remotePort || !localAddress || !localPort) return false;
    const far: End = { address: remoteAddress, port: remotePort };
    const near: End = { address: localAddress, port: localPort };
    // An IPv4 address may have been reached through a socket of either kind.
    const tables = remoteAddress.includes('.') ? [this.four, this.six] : [this.six];
    for (let i = 0; i < tries; i++) {
      for (const table of tables) {
        const uid = uidIn(await table.read(), far, near);
        if (uid !== undefined) return uid === this.uid;
      }
    }
    return false;
  }
}

/** One of the kernel's lists of connections. */
class Table {
  /** The reading that has not begun yet: it will see every connection there is by now. */
  private next: Promise<string> | undefined;
  private latest: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly readTable: ReadTable,
  ) {}

  /** The list as it is no earlier than now; empty where there is none. */
  read(): Promise<string> {
    this.next ??= this.latest.then(() => {
      this.next = undefined;
      return this.readTable(this.path).catch(() => '');
    });
    this.latest = this.next;
    return this.next;
  }
}
