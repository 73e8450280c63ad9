import { join } from 'node:path';
import { Clock, inject, Logger, messageOf, plugin } from 'dispatch/kernel';
import { Database } from '../storage-sqlite/contract.js';
import { type BroughtFile, Trust, TrustRefused, type TrustSubject, TrustSubjects, type TrustView } from './contract.js';
import { readBrought, realDirectory } from './read-brought.js';
import { TrustTable } from './trust-table.js';

/** Lines of a summary, and characters of a line, that are shown. */
const mostLines = 200;
const longestLine = 4000;

/** Decisions of whoever owns a directory, kept in the database. */
@plugin({ id: 'trust', version: '0.1.0', provides: Trust })
export class OwnerTrust implements Trust {
  private readonly table: TrustTable;
  private readonly listeners = new Set<(directory: string) => void>();
  /** What was last said to wait in a directory. */
  private readonly told = new Map<string, string>();

  constructor(
    @inject(Database) database: Database,
    @inject(TrustSubjects) private readonly subjects: readonly TrustSubject[],
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
  ) {
    this.table = new TrustTable(database);
  }

  async brought(kind: string, directory: string): Promise<readonly BroughtFile[]> {
    const real = realDirectory(directory);
    if (real === undefined) return [];
    const files = await this.read(
      real,
      this.subjects.filter((subject) => subject.kind === kind),
    );
    this.tell(real, kind, files);
    return files;
  }

  async view(directory: string): Promise<TrustView> {
    const real = existing(directory);
    const files = await this.read(real, this.subjects);
    const hashes = new Set(files.map((file) => (file.state === 'refused' ? '' : `${file.kind} ${file.hash}`)));
    const absent = (await this.table.of(real)).all.filter(({ kind, hash }) => !hashes.has(`${kind} ${hash}`));
    return { directory: real, files: files.map((file) => this.shown(file)), absent };
  }

  async trust(directory: string, hashes: readonly string[]): Promise<TrustView> {
    const real = existing(directory);
    const files = await this.read(real, this.subjects);
    const there = files.flatMap((file) => (file.state === 'refused' ? [] : [file]));
    const unknown = hashes.find((hash) => !there.some((file) => file.hash === hash));
    if (unknown !== undefined) {
      const refused = files.flatMap((file) => (file.state === 'refused' ? [` ${file.file}: ${file.reason}.`] : []));
      throw new TrustRefused(
        'changed',
        `nothing that ${real} brings has the hash ${unknown} (any more); look at what is there now and trust that.${refused.join('')}`,
      );
    }
    const trustedAt = this.clock.now();
    const chosen = there.filter(({ hash }) => hashes.includes(hash));
    await this.table.add(
      real,
      chosen.map(({ kind, hash, path }) => ({ kind, hash, path, trustedAt })),
    );
    for (const { kind, file, hash } of chosen) this.logger.info(`trusted from now on: ${file}`, { kind, hash });
    this.changed(real);
    return this.view(real);
  }

  directories(kind: string): Promise<readonly string[]> {
    return this.table.directories(kind);
  }

  async revoke(directory: string, hashes?: readonly string[]): Promise<TrustView> {
    // Also for a directory that is gone: what was stored of it was stored under its real path.
    const real = realDirectory(directory) ?? directory;
    const trusted = (await this.table.of(real)).all.map(({ hash }) => hash);
    const gone = trusted.filter((hash) => hashes === undefined || hashes.includes(hash));
    const unknown = hashes?.find((hash) => !trusted.includes(hash));
    if (unknown !== undefined) throw new TrustRefused('changed', `no content of ${real} with the hash ${unknown} is trusted`);
    await this.table.remove(real, gone);
    if (gone.length > 0) this.logger.info(`no longer trusted: ${gone.length} contents of ${real}`);
    this.changed(real);
    return realDirectory(real) === undefined ? { directory: real, files: [], absent: [] } : this.view(real);
  }

  onChange(changed: (directory: string) => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  private async read(directory: string, subjects: readonly TrustSubject[]): Promise<BroughtFile[]> {
    const read = subjects.flatMap(({ kind, files }) =>
      (typeof files === 'function' ? files(directory) : files).flatMap((path) => {
        const reading = readBrought(directory, path);
        return reading ? [{ found: { kind, path, file: join(directory, path) }, reading }] : [];
      }),
    );
    if (read.length === 0) return [];
    const trusted = await this.table.of(directory);
    return read.map(({ found, reading }): BroughtFile => {
      if ('refused' in reading) return { ...found, state: 'refused', reason: reading.refused };
      return { ...found, state: trusted.has(found.kind, reading.hash) ? 'trusted' : 'waiting', ...reading };
    });
  }

  private shown(file: BroughtFile): TrustView['files'][number] {
    if (file.state === 'refused') return file;
    const { text, ...rest } = file;
    const subject = this.subjects.find(
      ({ kind, files }) => kind === file.kind && (typeof files === 'function' || files.includes(file.path)),
    );
    return { ...rest, summary: summaryOf(subject, text) };
  }

  /** Says what waits, once for each content. */
  private tell(directory: string, kind: string, files: readonly BroughtFile[]): void {
    const waiting = files.filter(({ state }) => state !== 'trusted');
    const at = `${kind} ${directory}`;
    const words = waiting.map((file) => `${file.file} ${file.state === 'refused' ? file.reason : file.hash}`).join('\n');
    if (words === (this.told.get(at) ?? '')) return;
    this.told.set(at, words);
    for (const file of waiting) {
      const advice = file.state === 'refused' ? `is not used: ${file.reason}` : `waits to be trusted: dispatch trust ${directory}`;
      this.logger.warn(`${file.file} ${advice}`, { kind });
    }
    this.changed(directory);
  }

  private changed(directory: string): void {
    for (const listener of this.listeners) {
      try {
        listener(directory);
      } catch (thrown) {
        this.logger.error(`a listener to trust failed: ${messageOf(thrown)}`);
      }
    }
  }
}

function existing(directory: string): string {
  const real = realDirectory(directory);
  if (real === undefined) throw new TrustRefused('directory', `there is no directory ${directory}; name one that exists`);
  return real;
}

function summaryOf(subject: TrustSubject | undefined, text: string): string[] {
  try {
    const lines = (subject?.summary(text) ?? []).map(cut);
    const more = lines.length - mostLines;
    return more > 0 ? [...lines.slice(0, mostLines), `… and ${more} more; read the file`] : lines;
  } catch (thrown) {
    return [`it makes no sense as it is: ${messageOf(thrown)}`];
  }
}

const cut = (line: string): string =>
  line.length <= longestLine ? line : `${line.slice(0, longestLine)}… (${line.length - longestLine} more characters; read the file)`;
