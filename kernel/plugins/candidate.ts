import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import { definitionsFrom, type PluginDefinition } from './definition.js';
import { within } from './limit.js';

/** A place plugins may come from. */
export interface Candidate {
  /** Folder or file, as people should see it. */
  source: string;
  /** Imports it; answers its default export. */
  load(): Promise<unknown>;
  /** Whether it came from outside: the server runs without it. */
  dropped?: boolean;
}

/** A plugin whose code is there. */
export interface Loaded extends PluginDefinition {
  readonly source: string;
  readonly dropped: boolean;
  readonly loadMs: number;
}

export interface Limits {
  clock: Clock;
  logger: Logger;
  /** Milliseconds for importing, building and starting one plugin. */
  startLimitMs?: number;
}

export const defaultStartLimitMs = 10_000;

/** Imports what a candidate exports. Rejects when that are no plugins. */
export async function load({ source, load, dropped = false }: Candidate, limits: Limits): Promise<Loaded[]> {
  const { clock, startLimitMs = defaultStartLimitMs } = limits;
  const began = clock.elapsed();
  const exported = await within(clock, startLimitMs, `importing ${source}`, load);
  const loadMs = clock.elapsed() - began;
  return definitionsFrom(exported, source).map((definition) => ({ ...definition, source, dropped, loadMs }));
}

/** What `status()` says of one, whatever becomes of it. */
export const shownOf = ({ id, version, critical, provides, needs, source }: Loaded) => ({ id, version, critical, provides, needs, source });
