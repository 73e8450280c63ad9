/**
 * A process that compacts a conversation and kills itself with SIGKILL before the n-th statement of the commit, or after
 * it. Bundled and started by `compact-history.test.ts`: `node <bundle> <data folder> <n>`.
 */
import 'reflect-metadata';
import { join } from 'node:path';
import type { Config, Logger } from 'dispatch/kernel';
import type { EntityManager } from 'typeorm';
import type { Database, EntitySet } from '../storage-sqlite/contract.js';
import SqliteStorage from '../storage-sqlite/index.js';
import { ConversationStore } from './conversation-store.js';
import { conversationStoreSchema } from './conversation-store-schema.js';

const clock = {
  now: Date.now,
  elapsed: () => performance.now(),
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};
const silent = (): void => undefined;
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent, child: () => logger };

/** Kills this process before its n-th write. */
function dying(database: Database, n: number): Database {
  let left = n;
  const manager = (real: EntityManager) =>
    new Proxy(real, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name !== 'query') return value;
        return (sql: string, values: unknown[]) => {
          if (!sql.startsWith('SELECT') && left-- === 0) process.kill(process.pid, 'SIGKILL');
          return target.query(sql, values);
        };
      },
    });
  return {
    read: (work) => database.read(work),
    statement: (sql, values) => database.statement(sql, values),
    write: (work) => database.write((real) => work(manager(real))),
  };
}

async function main([dataDir = '', n = '']: string[]): Promise<void> {
  const values: Record<string, unknown> = { dataDir, db: join(dataDir, 'dispatch.db') };
  const config = { value: (key: string) => values[key], text: (key: string) => String(values[key]) } as unknown as Config;
  const database = new SqliteStorage(config, logger, clock, [(await conversationStoreSchema.build()) as EntitySet]);
  await database.start();
  const store = new ConversationStore(dying(database, Number(n)), clock);
  const log = await store.log('c');
  if (!log) throw new Error('there is no conversation "c"');
  const keepFrom = log.messages.at(-3)?.seq ?? 0;
  await store.compact({ conversationId: 'c', archiveId: 'archive', of: log, keepFrom, summary: 'what was' });
  process.kill(process.pid, 'SIGKILL');
}

void main(process.argv.slice(2));
