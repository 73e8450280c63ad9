import type { Duplex } from 'node:stream';

/** The connections that were let in by the token or a session, so that both can be taken back. */
export class Admitted {
  /** How each is closed. */
  private readonly closers = new Map<Duplex, () => void>();

  /** Remembers a connection for as long as it is open. */
  add(connection: Duplex): void {
    if (this.closers.has(connection) || connection.destroyed) return;
    this.closers.set(connection, () => connection.destroy());
    connection.once('close', () => this.closers.delete(connection));
  }

  /** From now on a connection is closed in another way, such as a WebSocket's; those not let in so stay unknown. */
  closeBy(connection: Duplex, closer: () => void): void {
    if (this.closers.has(connection)) this.closers.set(connection, closer);
  }

  /** Closes all of them but one, which has an answer to wait for. */
  closeAll(except?: Duplex): void {
    for (const [connection, close] of [...this.closers]) {
      if (connection === except) continue;
      this.closers.delete(connection);
      close();
    }
  }
}
