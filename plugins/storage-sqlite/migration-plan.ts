import type { MigrationInterface } from 'typeorm';
import type { EntitySet } from './contract.js';

/** A migration of a set, with the name and the number it is recorded under. */
export interface Step {
  readonly set: EntitySet;
  readonly name: string;
  /** The epoch milliseconds its name ends in. */
  readonly at: number;
  /** Name of the first migration of its set: what the set is known by from one version of it to the next. */
  readonly family: string;
  readonly migration: MigrationInterface;
}

/** A migration that the file has seen. */
export interface Applied {
  readonly name: string;
  /** Null when it is not recorded. */
  readonly family: string | null;
}

export interface Plan {
  /** Oldest first, across all sets. */
  readonly pending: readonly Step[];
  /** Applied, and known to nobody here although its set is here: a newer version of this server made the file. */
  readonly unknown: readonly string[];
}

/** Migrations of sets that are absent (a plugin that was removed, or comes later) are left alone. */
export function planMigrations(sets: readonly EntitySet[], applied: readonly Applied[]): Plan {
  const steps = sets.flatMap(stepsOf);
  const known = new Set(steps.map((step) => step.name));
  const families = new Set(steps.map((step) => step.family));
  const done = new Set(applied.map((each) => each.name));
  return {
    pending: steps.filter((step) => !done.has(step.name)).sort((a, b) => a.at - b.at),
    unknown: applied.filter(({ name, family }) => !known.has(name) && (family === null || families.has(family))).map(({ name }) => name),
  };
}

function stepsOf(set: EntitySet): Step[] {
  const made = set.migrations.map((Migration) => {
    const migration = new Migration();
    const name = migration.name ?? Migration.name;
    return { migration, name, at: Number(/\d{13}$/.exec(name)?.[0] ?? Number.NaN) };
  });
  const nameless = made.find(({ at }) => Number.isNaN(at));
  if (nameless)
    throw new Error(`the migration "${nameless.name}" has no number: end its name in epoch milliseconds, such as "AddTodo1760000000000"`);
  const family = made[0]?.name ?? '';
  return made.map((each) => ({ ...each, set, family }));
}
