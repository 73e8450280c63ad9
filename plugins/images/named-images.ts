import type { EntityManager } from 'typeorm';
import type { Database } from '../storage-sqlite/contract.js';

/** Conversations looked through in one go, so that nobody else waits long for the reading connection. */
const atOnce = 20;

/** Names of all pictures that any log refers to. */
export async function namedImages(database: Database, signal: AbortSignal): Promise<Set<string>> {
  const named = new Set<string>();
  const [{ last }] = await database.read((manager) => manager.query('SELECT coalesce(max(key), 0) AS last FROM conversation'));
  for (let from = 0; from <= last && !signal.aborted; from += atOnce) await database.read((manager) => collect(manager, from, named));
  return named;
}

async function collect(manager: EntityManager, from: number, named: Set<string>): Promise<void> {
  const rows = (await manager.query(
    `SELECT body FROM chunk WHERE conversation >= ? AND conversation < ? AND role = 'user' AND body LIKE '{"type":"image"%'`,
    [from, from + atOnce],
  )) as { body: string }[];
  for (const { body } of rows) for (const [, name] of body.matchAll(/dispatch-image:([0-9a-f]{64}\.\w+)/g)) named.add(name as string);
}
