import { inject, plugin, service } from 'dispatch/kernel';
import type { EntityManager } from 'typeorm';
import { Database } from '../storage-sqlite/contract.js';

export interface WarmingSetting {
  enabled: boolean;
  /** Seconds of idleness after which the cache is warmed. */
  interval: number;
}

/** What is to be different, given the setting as it is. */
export type WarmingChange = (now: WarmingSetting) => Partial<WarmingSetting>;

export const usualSetting: WarmingSetting = { enabled: false, interval: 240 };

/** What users have set, on the disk. */
export interface WarmingSettings {
  get(conversationId: string): Promise<WarmingSetting>;
  /** Reads and writes in one go, so that of two changes at once neither is lost; answers the setting as it then is. */
  change(conversationId: string, decide: WarmingChange): Promise<WarmingSetting>;
  /** Conversations that are kept warm. */
  enabled(): Promise<(WarmingSetting & { conversationId: string })[]>;
}
export const WarmingSettings = service<WarmingSettings>('dispatch.cache-warming-settings');

interface Row {
  conversation: string;
  enabled: number;
  intervalSeconds: number;
}
const columns = 'SELECT conversation, enabled, intervalSeconds FROM cache_warming WHERE';

@plugin({ id: 'cache-warming-settings', version: '0.1.0', provides: WarmingSettings })
export class StoredSettings implements WarmingSettings {
  constructor(@inject(Database) private readonly database: Database) {}

  async get(conversationId: string): Promise<WarmingSetting> {
    return this.database.read((manager) => readSetting(manager, conversationId));
  }

  change(conversationId: string, decide: WarmingChange): Promise<WarmingSetting> {
    return this.database.write(async (manager) => {
      const now = await readSetting(manager, conversationId);
      const next = { ...now, ...decide(now) };
      await manager.query('INSERT OR REPLACE INTO cache_warming (conversation, enabled, intervalSeconds) VALUES (?, ?, ?)', [
        conversationId,
        next.enabled ? 1 : 0,
        next.interval,
      ]);
      return next;
    });
  }

  async enabled(): Promise<(WarmingSetting & { conversationId: string })[]> {
    const rows = (await this.database.read((manager) => manager.query(`${columns} enabled = 1`))) as Row[];
    return rows.map((row) => ({ conversationId: row.conversation, ...settingOf(row) }));
  }
}

const settingOf = ({ enabled, intervalSeconds }: Row): WarmingSetting => ({ enabled: enabled === 1, interval: intervalSeconds });

async function readSetting(manager: EntityManager, conversationId: string): Promise<WarmingSetting> {
  const [row] = (await manager.query(`${columns} conversation = ?`, [conversationId])) as Row[];
  return row ? settingOf(row) : usualSetting;
}
