import type { Database } from '../storage-sqlite/contract.js';
import type { TrustedContent } from './contract.js';

interface Row extends TrustedContent {
  directory: string;
}

const key = ({ kind, hash }: Pick<TrustedContent, 'kind' | 'hash'>): string => `${kind} ${hash}`;

/** The decisions, on the disk; kept in memory once they were first asked for. This server is the only one to write them. */
export class TrustTable {
  private loading: Promise<Map<string, Map<string, TrustedContent>>> | undefined;

  constructor(private readonly database: Database) {}

  /** What is trusted of a directory, by kind and hash. */
  async of(directory: string): Promise<{ has(kind: string, hash: string): boolean; all: TrustedContent[] }> {
    const found = (await this.loaded()).get(directory);
    return { has: (kind, hash) => found?.has(key({ kind, hash })) === true, all: [...(found?.values() ?? [])] };
  }

  async directories(kind: string): Promise<string[]> {
    const isOf = ([, own]: [string, Map<string, TrustedContent>]) => [...own.values()].some((content) => content.kind === kind);
    return [...(await this.loaded())].filter(isOf).map(([directory]) => directory);
  }

  async add(directory: string, contents: readonly TrustedContent[]): Promise<void> {
    const known = await this.loaded();
    await this.database.write(async (manager) => {
      for (const { kind, hash, path, trustedAt } of contents)
        await manager.query('INSERT OR REPLACE INTO trusted_content (directory, kind, hash, path, trustedAt) VALUES (?, ?, ?, ?, ?)', [
          directory,
          kind,
          hash,
          path,
          trustedAt,
        ]);
    });
    const own = known.get(directory) ?? new Map<string, TrustedContent>();
    for (const content of contents) own.set(key(content), content);
    known.set(directory, own);
  }

  async remove(directory: string, hashes: readonly string[]): Promise<void> {
    const known = await this.loaded();
    await this.database.write((manager) =>
      manager.query('DELETE FROM trusted_content WHERE directory = ? AND hash IN (SELECT value FROM json_each(?))', [
        directory,
        JSON.stringify(hashes),
      ]),
    );
    const own = known.get(directory);
    for (const [at, { hash }] of own ?? []) if (hashes.includes(hash)) own?.delete(at);
  }

  private loaded(): Promise<Map<string, Map<string, TrustedContent>>> {
    this.loading ??= this.load().catch((thrown: unknown) => {
      this.loading = undefined;
      throw thrown;
    });
    return this.loading;
  }

  private async load(): Promise<Map<string, Map<string, TrustedContent>>> {
    const rows: Row[] = await this.database.read((manager) =>
      manager.query('SELECT directory, kind, hash, path, trustedAt FROM trusted_content'),
    );
    const known = new Map<string, Map<string, TrustedContent>>();
    for (const { directory, ...content } of rows) {
      const own = known.get(directory) ?? new Map<string, TrustedContent>();
      known.set(directory, own.set(key(content), content));
    }
    return known;
  }
}
