import sqlite3 from 'sqlite3';

export type Row = Record<string, unknown>;

/** One SQLite file opened without TypeORM: for looking at it, and for what TypeORM has no words for. */
export class RawFile {
  private constructor(readonly connection: sqlite3.Database) {}

  static open(path: string, mode: 'read' | 'write' | 'create'): Promise<RawFile> {
    const flags = { read: 'OPEN_READONLY', write: 'OPEN_READWRITE', create: 'OPEN_READWRITE' } as const;
    const bits = sqlite3[flags[mode]] | (mode === 'create' ? sqlite3.OPEN_CREATE : 0);
    return new Promise((resolve, reject) => {
      const connection = new sqlite3.Database(path, bits, (error) => (error ? reject(error) : resolve(new RawFile(connection))));
    });
  }

  /** A view of a connection that somebody else opened and will close. */
  static of(connection: sqlite3.Database): RawFile {
    return new RawFile(connection);
  }

  all(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return new Promise((resolve, reject) =>
      this.connection.all(sql, values, (error: Error | null, rows: unknown) => (error ? reject(error) : resolve(rows as Row[]))),
    );
  }

  run(sql: string, values: readonly unknown[]): Promise<void> {
    return new Promise((resolve, reject) => this.connection.run(sql, values, (error: Error | null) => (error ? reject(error) : resolve())));
  }

  /** Runs one or several statements; stops at the first that fails. */
  exec(sql: string): Promise<void> {
    return new Promise((resolve, reject) => this.connection.exec(sql, (error) => (error ? reject(error) : resolve())));
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => this.connection.close((error) => (error ? reject(error) : resolve())));
  }
}
