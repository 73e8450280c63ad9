import { type Service, service } from 'dispatch/kernel';

/** What one plugin keeps: JSON values by key. Everything rejects with a `StorageError` where the disk refuses. */
export interface KeyValueStore {
  /** The value, as it was set; undefined when there is none. */
  get(key: string): Promise<unknown>;
  /** Resolves once it is on the disk. Throws a `RangeError` for a key, a value or a number of keys beyond the limits. */
  set(key: string, value: unknown): Promise<void>;
  /**
   * Makes the next value of the last one (undefined when there is none) while nobody else can change it; `change` answers
   * it at once, without a promise. Resolves with the new value once it is on the disk; undefined takes the key away.
   */
  update(key: string, change: (value: unknown) => unknown): Promise<unknown>;
  /** Whether there was one. */
  delete(key: string): Promise<boolean>;
  /** All keys that begin so, in order. */
  keys(prefix?: string): Promise<string[]>;
  /** Takes away all that the plugin keeps. */
  clear(): Promise<void>;
}

/** Small things that plugins keep, in the one database; what one keeps is not among the keys of another. */
export interface KeyValue {
  /** The store of a plugin, by its id. It stays when the plugin is renewed, disabled or taken away. */
  for(pluginId: string): KeyValueStore;
}
export const KeyValue: Service<KeyValue> = service<KeyValue>('dispatch.key-value');

/** Characters of a key, bytes of a value as JSON, keys of one plugin: at most. */
export const limits = { key: 200, value: 1024 * 1024, keys: 10_000 } as const;
