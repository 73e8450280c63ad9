import { constants } from 'node:fs';
import { access, chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Clock, Config, inject, Logger, messageOf, plugin } from 'dispatch/kernel';
import type { EntityManager } from 'typeorm';
import { type HealthCheck, HealthChecks } from '../transport-http/contract.js';
import type { Connections } from './connections.js';
import { Database, type EntitySet, EntitySets, StorageError } from './contract.js';
import { prepareFolder } from './data-folder.js';
import { DataLock } from './data-lock.js';
import { diskError } from './disk-error.js';
import { damageIn } from './inspect-file.js';
import { prepareFile, suspect } from './prepare-file.js';
import { SchemaKeeper } from './schema-keeper.js';
import { widenLog } from './widen-log.js';
import { WriteHealth } from './write-health.js';
import { type Lane, WriteQueue } from './write-queue.js';

/** The one SQLite file, its writer queue and its reading connection. */
@plugin({ id: 'storage-sqlite', version: '0.1.0', provides: [Database, HealthChecks], capabilities: ['files'] })
export class SqliteStorage implements Database, HealthCheck {
  readonly #file: string;
  readonly #schema: SchemaKeeper;
  readonly #health: WriteHealth;
  readonly #queue: WriteQueue;
  #locks: DataLock[] = [];
  #connections: Connections | undefined;
  #attaching: Promise<Connections> | undefined;
  #reopen = false;
  readonly #stopped = new AbortController();
  #checking: Promise<void> | undefined;
  #widening: Promise<void> | undefined;
  #changes = 0;

  constructor(
    @inject(Config) private readonly config: Config,
    @inject(Logger) private readonly logger: Logger,
    @inject(Clock) private readonly clock: Clock,
    @inject(EntitySets) private readonly sets: readonly EntitySet[],
  ) {
    this.#file = config.text('db');
    this.#schema = new SchemaKeeper(this.#file, clock, logger);
    this.#health = new WriteHealth(clock, logger, () => this.#probe());
    this.#queue = new WriteQueue({
      lane: async () => (await this.#current()).lane,
      explain: (thrown) => this.#explain(thrown),
      committed: (lane) => this.#committed(lane),
      refused: (error) => this.#refused(error),
      stuck: (ms) =>
        this.logger.error(`a write has been running for ${ms} ms: does it wait for another write? Use the manager it was given`),
    });
  }

  /** Throws a `StorageError` when the folder, the lock, the file or a migration stands in the way. */
  async start(): Promise<void> {
    const folder = this.config.text('dataDir');
    await prepareFolder(folder);
    await prepareFolder(dirname(this.#file));
    try {
      this.#locks.push(await DataLock.take(join(folder, 'dispatch.lock'), `the data folder ${folder}`));
      if (dirname(this.#file) !== folder) this.#locks.push(await DataLock.take(`${this.#file}.lock`, `the database ${this.#file}`));
      const { fresh, checked } = await prepareFile(this.#file, this.clock, this.logger);
      this.#connections = await this.#schema.open(this.sets, fresh);
      if (fresh) await chmod(this.#file, 0o600);
      if (!checked) this.#checking = this.#checkLater();
    } catch (thrown) {
      await this.#unlock();
      throw diskError(thrown, this.#file) ?? thrown;
    }
    // A file that cannot be written is known at once, and the server runs on for reading.
    await this.#probe().catch(() => undefined);
    this.#widening = this.#widenLater();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all([this.#checking, this.#widening]);
    this.#health.stop();
    await this.#queue.close();
    const connections = this.#connections;
    this.#connections = undefined;
    await connections?.close();
    await this.#unlock();
  }

  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.#explained(this.#queue.write(work));
  }

  statement(sql: string, values: () => readonly unknown[]): Promise<void> {
    return this.#explained(this.#queue.statement(sql, values));
  }

  async read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    // Tables that came late are made in the queue, so that no write is under way meanwhile.
    if (this.#schema.wants(this.sets)) await this.#queue.write(async () => undefined);
    await this.#attaching;
    if (!this.#connections) throw notRunning();
    try {
      return await this.#connections.read(work);
    } catch (thrown) {
      throw this.#explain(thrown) ?? this.#missing(thrown);
    }
  }

  problem(): string | undefined {
    return this.#health.problem();
  }

  async #current(): Promise<Connections> {
    if (!this.#connections) throw notRunning();
    const reopen = this.#reopen && (await isWritable(this.#file));
    this.#reopen = false;
    if (reopen) await this.#swap(this.#schema.reopen(this.#connections));
    if (this.#schema.wants(this.sets)) await this.#swap(this.#schema.attach(this.sets, this.#connections));
    if (this.problem()) this.#changes = await changesOf(this.#connections.lane);
    return this.#connections;
  }

  /** Reads wait meanwhile. */
  async #swap(attaching: Promise<Connections>): Promise<void> {
    this.#attaching = attaching;
    try {
      this.#connections = await attaching;
    } finally {
      this.#attaching = undefined;
    }
  }

  #explain(thrown: unknown): StorageError | undefined {
    const error = diskError(thrown, this.#file);
    if (error?.code === 'corrupt') void suspect(this.#file);
    return error;
  }

  #explained<T>(written: Promise<T>): Promise<T> {
    return this.#schema.refused ? written.catch((thrown) => Promise.reject(this.#missing(thrown))) : written;
  }

  /** A table that is missing because its migration was refused: says so. */
  #missing(thrown: unknown): unknown {
    const why = /no such (table|column)/.test(String(thrown)) ? this.#schema.refused : undefined;
    return why ? new StorageError('failed', why, { cause: thrown }) : thrown;
  }

  #refused(error: StorageError): void {
    if (error.code !== 'locked' && error.cause !== undefined) this.#health.failed(error);
  }

  /** A commit counts as a sign of health only when it has changed something. */
  async #committed(lane: Lane): Promise<void> {
    this.#schema.touched();
    if (this.problem() && (await changesOf(lane)) !== this.#changes) this.#health.succeeded();
  }

  /** Takes room on the disk and gives it back, as real writes do. */
  async #probe(): Promise<void> {
    this.#reopen = this.#health.readOnly;
    await this.write((manager) => manager.query('INSERT OR REPLACE INTO write_probe VALUES (1, zeroblob(16384))'));
    await this.write((manager) => manager.query('DELETE FROM write_probe'));
  }

  /** A large file is checked whole once the server has come to rest; what is found is mended by the next start. */
  async #checkLater(): Promise<void> {
    const { signal } = this.#stopped;
    await this.clock.sleep(checkAfterMs, signal);
    try {
      const damage = signal.aborted ? undefined : await damageIn(this.#file, signal);
      if (damage === undefined) return;
      await suspect(this.#file);
      this.logger.error(`${this.#file} is damaged (${damage}): restart the server, which sets it aside and salvages what can be read`);
    } catch (thrown) {
      this.logger.warn(`${this.#file} could not be checked: ${messageOf(thrown)}`);
    }
  }

  /** Not while the server starts: it only makes writes faster. */
  async #widenLater(): Promise<void> {
    const { signal } = this.#stopped;
    await this.clock.sleep(widenAfterMs, signal);
    if (signal.aborted || this.problem()) return;
    await widenLog(this.#file, (work) => this.#queue.write(work)).catch((thrown: unknown) =>
      this.logger.debug(`the log of ${this.#file} stays short: ${messageOf(thrown)}`),
    );
  }

  async #unlock(): Promise<void> {
    for (const lock of this.#locks.splice(0)) await lock.release();
  }
}

/** How long after the start a file is checked whole that was too large for it. */
const checkAfterMs = 30_000;
/** How long after the start its log is made long. */
const widenAfterMs = 500;

const isWritable = (file: string): Promise<boolean> =>
  access(file, constants.W_OK).then(
    () => true,
    () => false,
  );

/** Rows changed since the connection was opened. */
const changesOf = (lane: Lane): Promise<number> =>
  lane.manager.query('SELECT total_changes() AS n').then(
    ([row]) => row.n,
    () => -1,
  );

const notRunning = (): StorageError => new StorageError('failed', 'the storage does not run: start it first');
