import { inject, plugin, service } from 'dispatch/kernel';
import { Database } from '../storage-sqlite/contract.js';

export interface WarmingSetting {
  enabled: boolean;
  /** Seconds of idleness after which the cache is warmed. */
  interval: number;
}

export const usualSetting: WarmingSetting = { enabled: false, interval: 240 };

/** What users have set, on the disk. */
export interface WarmingSettings {
  get(conversationId: string): Promise<WarmingSetting>;
  set(conversationId: string, setting: WarmingSetting): Promise<void>;
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
    const [row] = (await this.database.read((manager) => manager.query(`${columns} conversation = ?`, [conversationId]))) as Row[];
    return row ? settingOf(row) : usualSetting;
  }

  async set(conversationId: string, { enabled, interval }: WarmingSetting): Promise<void> {
    await this.database.statement('INSERT OR REPLACE INTO cache_warming (conversation, enabled, intervalSeconds) VALUES (?, ?, ?)', () => [
      conversationId,
      enabled ? 1 : 0,
      interval,
    ]);
  }

  async enabled(): Promise<(WarmingSetting & { conversationId: string })[]> {
    const rows = (await this.database.read((manager) => manager.query(`${columns} enabled = 1`))) as Row[];
    return rows.map((row) => ({ conversationId: row.conversation, ...settingOf(row) }));
  }
}

const settingOf = ({ enabled, intervalSeconds }: Row): WarmingSetting => ({ enabled: enabled === 1, interval: intervalSeconds });
