import { type Service, type Slot, service, slot } from 'dispatch/kernel';
import type { EntityManager, MigrationInterface } from 'typeorm';

/**
 * The one database of this server. TypeORM shares a connection on SQLite, so two transactions would interleave;
 * therefore every write goes through one queue, first come first served, and reads use a connection of their own.
 */
export interface Database {
  /**
   * Runs work inside a transaction and resolves once it is on the disk. Writes that wait together share one commit,
   * each on its own savepoint: one that throws takes back its own rows only. Never await anything but the manager
   * inside; a write inside a write would wait for itself. Rejects with a `StorageError` when the disk refuses.
   */
  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /**
   * A write that is one INSERT, UPDATE or DELETE, the cheapest there is: alone it needs no transaction around it, beside
   * others it shares their commit. `values` is asked when its turn has come. For what belongs together in several tables
   * there are views with triggers.
   */
  statement(sql: string, values: () => readonly unknown[]): Promise<void>;
  /** Runs work on the reading connection, which sees what is committed. */
  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
}
export const Database: Service<Database> = service<Database>('dispatch.database');

/** What a plugin persists: its entity classes and the migrations that make their tables, oldest first. */
export interface EntitySet {
  // biome-ignore lint/complexity/noBannedTypes: TypeORM names entity classes so
  readonly entities: readonly Function[];
  /** Named `<What><epoch ms>`, as TypeORM wants it; run once each, in order of that number. */
  readonly migrations: readonly (new () => MigrationInterface)[];
}
export const EntitySets: Slot<EntitySet> = slot<EntitySet>('dispatch.entity-set[]');

/** The disk would not take a write. `code`: `full`, `read-only`, `corrupt`, `locked` or `failed`. */
export class StorageError extends Error {
  constructor(
    readonly code: 'full' | 'read-only' | 'corrupt' | 'locked' | 'failed',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'StorageError';
  }
}
