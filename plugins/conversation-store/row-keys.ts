import type { EntityManager } from 'typeorm';

/** Hands out the keys of new rows: this process is the only writer, so nobody has to ask the disk what became of them. */
export class RowKeys {
  #last: { conversation: number; turn: number } | undefined;

  /** Asks the disk, once. */
  async ready(manager: EntityManager): Promise<void> {
    if (this.#last) return;
    const [found] = (await manager.query(
      'SELECT (SELECT max(key) FROM conversation) AS conversation, (SELECT max(key) FROM turn) AS turn',
    )) as { conversation: number | null; turn: number | null }[];
    this.#last ??= { conversation: found?.conversation ?? 0, turn: found?.turn ?? 0 };
  }

  get areReady(): boolean {
    return this.#last !== undefined;
  }

  next(kind: 'conversation' | 'turn'): number {
    if (!this.#last) throw new Error('a key was asked for before the disk was');
    this.#last[kind]++;
    return this.#last[kind];
  }
}
