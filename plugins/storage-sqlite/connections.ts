import sqlite3 from 'sqlite3';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { StorageError } from './contract.js';
import { RawFile } from './raw-file.js';
import { cacheStatements } from './statement-cache.js';
import type { Lane } from './write-queue.js';

const wanted = { journal_mode: 'wal', synchronous: 2, foreign_keys: 1, busy_timeout: 5000 } as const;

/** TypeORM always asks for verbose mode, which takes a stack at each call: twice the time of a small statement. */
const quietDriver = Object.assign(Object.create(sqlite3), { verbose: () => sqlite3 });

/** The two connections to one file: one that writes, used by the queue alone, and one that can only read. */
export class Connections {
  #reads = 0;
  #retired = false;
  #readerClosed = false;
  readonly #dropWriting: () => Promise<void>;
  readonly #dropReading: () => Promise<void>;
  readonly lane: Lane & { readonly runner: QueryRunner };

  private constructor(
    private readonly writer: DataSource,
    private readonly reader: DataSource,
  ) {
    const raw = RawFile.of(connectionOf(writer));
    this.#dropWriting = cacheStatements(connectionOf(writer));
    this.#dropReading = cacheStatements(connectionOf(reader));
    const runner = writer.createQueryRunner();
    // The queue opens and ends every transaction itself. TypeORM has to believe in one, else `save()` begins another.
    Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
    this.lane = { exec: (sql) => raw.exec(sql), run: (sql, values) => raw.run(sql, values), manager: runner.manager, runner };
  }

  // biome-ignore lint/complexity/noBannedTypes: TypeORM names entity classes so
  static async open(file: string, entities: readonly Function[]): Promise<Connections> {
    const common = {
      type: 'sqlite' as const,
      database: file,
      driver: quietDriver,
      entities: [...entities],
      busyTimeout: wanted.busy_timeout,
      logging: false,
    };
    const writer = await new DataSource({ ...common, enableWAL: true }).initialize();
    try {
      await writer.query('PRAGMA synchronous = FULL');
      await writer.query('PRAGMA journal_size_limit = 67108864');
      for (const [pragma, value] of Object.entries(wanted)) await assertPragma(writer, pragma, value);
      const reader = await new DataSource({ ...common, flags: sqlite3.OPEN_READONLY }).initialize();
      return new Connections(writer, reader);
    } catch (thrown) {
      await writer.destroy();
      throw thrown;
    }
  }

  async read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    this.#reads++;
    try {
      return await work(this.reader.manager);
    } finally {
      this.#reads--;
      if (this.#retired && this.#reads === 0) await this.#closeReader();
    }
  }

  /** Gives way to newer connections: reads under way may end. Nothing may be written any more. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.#dropWriting();
    await this.writer.destroy();
    if (this.#reads === 0) await this.#closeReader();
  }

  /** Folds the write-ahead log into the file, and closes. */
  async close(): Promise<void> {
    await this.#closeReader();
    if (!this.writer.isInitialized) return;
    await this.#dropWriting();
    // A full or read-only disk cannot take the log in; it stays beside the file and counts at the next start.
    await this.lane.exec('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => undefined);
    await this.writer.destroy();
  }

  async #closeReader(): Promise<void> {
    if (this.#readerClosed) return;
    this.#readerClosed = true;
    await this.#dropReading();
    await this.reader.destroy();
  }
}

const connectionOf = (source: DataSource): sqlite3.Database =>
  (source.driver as unknown as { databaseConnection: sqlite3.Database }).databaseConnection;

async function assertPragma(source: DataSource, pragma: string, value: string | number): Promise<void> {
  const [row] = (await source.query(`PRAGMA ${pragma}`)) as Record<string, unknown>[];
  const found = Object.values(row ?? {})[0];
  if (found === value) return;
  throw new StorageError(
    'failed',
    `SQLite keeps ${pragma} at "${found}" where "${value}" is needed: a network or overlay file system cannot hold ${source.options.database}`,
  );
}
