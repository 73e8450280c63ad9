import { chmod } from 'node:fs/promises';
import { type Clock, type Logger, messageOf } from 'dispatch/kernel';
import { backUp } from './backup.js';
import { Connections } from './connections.js';
import { type EntitySet, StorageError } from './contract.js';
import { diskError } from './disk-error.js';
import { type Applied, planMigrations, type Step } from './migration-plan.js';

/** Written into the file, so that it is known for ours, and for one that this server can read. */
export const applicationId = 0x44737063;
export const formatVersion = 1;

const bookkeeping = `
CREATE TABLE IF NOT EXISTS migrations ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "timestamp" bigint NOT NULL, "name" varchar NOT NULL);
CREATE TABLE IF NOT EXISTS migration_family (name text PRIMARY KEY NOT NULL, family text NOT NULL);
CREATE TABLE IF NOT EXISTS write_probe (id integer PRIMARY KEY, body blob NOT NULL);
PRAGMA application_id = ${applicationId};
PRAGMA user_version = ${formatVersion};`;

class MigrationFailed extends Error {
  constructor(
    readonly step: Step,
    override readonly cause: unknown,
  ) {
    super(`the migration ${step.name} failed: ${messageOf(cause)}`);
  }
}

/** Keeps the file's tables in step with the entity sets there are, and the connections in step with both. */
export class SchemaKeeper {
  readonly #attached = new Set<EntitySet>();
  #refused: string | undefined;
  #changed = true;

  constructor(
    private readonly file: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Something was written: the next backup has something to save. */
  touched(): void {
    this.#changed = true;
  }

  /** Why tables may be missing, when the migrations of a set that came late have failed. */
  get refused(): string | undefined {
    return this.#refused;
  }

  wants(sets: readonly EntitySet[]): boolean {
    for (const set of sets) if (!this.#attached.has(set)) return true;
    return false;
  }

  /** The first connections. A migration that fails, or a schema that is too new, stops the start. */
  async open(sets: readonly EntitySet[], fresh: boolean): Promise<Connections> {
    this.#changed = !fresh;
    const connections = await this.#connect(sets);
    try {
      await this.#migrate(connections, sets);
    } catch (thrown) {
      await connections.close();
      throw thrown;
    }
    for (const set of sets) this.#attached.add(set);
    return connections;
  }

  /** Connections that know the sets which came since. A set whose migrations fail is left out, loudly. */
  async attach(sets: readonly EntitySet[], old: Connections): Promise<Connections> {
    const late = sets.filter((set) => !this.#attached.has(set));
    for (const set of late) {
      this.#attached.add(set);
      try {
        await this.#migrate(old, [set]);
      } catch (thrown) {
        this.#refused = messageOf(thrown);
        this.logger.error(`a plugin's tables were not made: ${messageOf(thrown)}`);
      }
    }
    const connections = await this.#connect([...this.#attached]);
    await old.retire();
    return connections;
  }

  /** New connections in place of ones that could only read. SQLite shares what it knows of a file among all of them. */
  async reopen(old: Connections): Promise<Connections> {
    await old.close();
    // Made while the file was read-only, these have its old mode.
    for (const end of ['-shm', '-wal']) await chmod(this.file + end, 0o600).catch(() => undefined);
    return this.#connect([...this.#attached]);
  }

  #connect(sets: readonly EntitySet[]): Promise<Connections> {
    return Connections.open(
      this.file,
      sets.flatMap((set) => set.entities),
    );
  }

  async #migrate(connections: Connections, sets: readonly EntitySet[]): Promise<void> {
    const applied = await appliedIn(connections);
    const { pending, unknown } = planMigrations(sets, applied);
    if (unknown.length > 0)
      throw new StorageError(
        'failed',
        `${this.file} was made by a newer version of this server (it has ${unknown.join(', ')}): start that version, or name another file with DISPATCH_DB`,
      );
    if (pending.length === 0 && applied.length > 0) return;
    const backup = applied.length > 0 && this.#changed ? await backUp(connections, this.file, this.clock.now()) : undefined;
    if (backup) this.#changed = false;
    try {
      await run(connections, pending);
    } catch (thrown) {
      const kept = `the file is as it was before${backup ? `, and a copy of it is ${backup}` : ''}`;
      const code = diskError(thrown instanceof MigrationFailed ? thrown.cause : thrown, this.file)?.code ?? 'failed';
      throw new StorageError(code, `${messageOf(thrown)}; ${kept}`, { cause: thrown });
    }
    if (pending.length > 0) this.logger.info('migrated the database', { migrations: pending.map((step) => step.name), backup });
  }
}

async function appliedIn({ lane }: Connections): Promise<Applied[]> {
  const [table] = await lane.manager.query(`SELECT 1 FROM sqlite_master WHERE name = 'migrations'`);
  if (!table) return [];
  const [families] = await lane.manager.query(`SELECT 1 FROM sqlite_master WHERE name = 'migration_family'`);
  return lane.manager.query(
    families
      ? 'SELECT m.name, f.family FROM migrations m LEFT JOIN migration_family f USING (name) ORDER BY m.id'
      : 'SELECT name, NULL AS family FROM migrations ORDER BY id',
  );
}

/** All or nothing: SQLite takes back a half-made schema as it takes back rows. */
async function run({ lane }: Connections, steps: readonly Step[]): Promise<void> {
  await lane.exec('PRAGMA foreign_keys = OFF');
  await lane.exec('BEGIN IMMEDIATE');
  try {
    await lane.exec(bookkeeping);
    for (const step of steps) {
      try {
        await step.migration.up(lane.runner);
      } catch (thrown) {
        throw new MigrationFailed(step, thrown);
      }
      await lane.runner.query('INSERT INTO migrations (timestamp, name) VALUES (?, ?)', [step.at, step.name]);
      await lane.runner.query('INSERT OR REPLACE INTO migration_family VALUES (?, ?)', [step.name, step.family]);
    }
    await lane.exec('COMMIT');
  } catch (thrown) {
    await lane.exec('ROLLBACK').catch(() => undefined);
    throw thrown;
  } finally {
    await lane.exec('PRAGMA foreign_keys = ON');
  }
}
