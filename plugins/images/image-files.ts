import { createHash, randomUUID } from 'node:crypto';
import { constants, statSync, unlinkSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Config, inject, messageOf, plugin, service } from 'dispatch/kernel';
import { StorageError } from '../storage-sqlite/contract.js';
import type { ImageKind } from './image-kind.js';
import { imageName } from './image-name.js';

/** Pictures as files, named by what is in them: the same picture is kept once. */
export interface ImageFiles {
  /** Resolves with its name once it is on the disk. Rejects with a `StorageError`. */
  keep(bytes: Buffer, kind: ImageKind): Promise<string>;
  /** Undefined when there is no such picture any more. */
  read(name: string): Promise<Buffer | undefined>;
  /** Names of all there are; also of what a crash has left half written. */
  names(): Promise<string[]>;
  /** Takes one away that was last kept before `time`, epoch milliseconds. */
  removeOlder(name: string, time: number): boolean;
}
export const ImageFiles = service<ImageFiles>('dispatch.image-files');

@plugin({ id: 'images', version: '0.1.0', provides: ImageFiles })
export class FolderOfImages implements ImageFiles {
  private readonly folder: string;

  constructor(@inject(Config) config: Config) {
    this.folder = join(config.text('dataDir'), 'images');
  }

  async keep(bytes: Buffer, kind: ImageKind): Promise<string> {
    const name = `${createHash('sha256').update(bytes).digest('hex')}.${kind}`;
    try {
      if (!(await this.renewed(name, bytes.length))) await this.write(name, bytes);
    } catch (thrown) {
      throw refused(thrown);
    }
    return name;
  }

  async read(name: string): Promise<Buffer | undefined> {
    if (!imageName.test(name)) return undefined;
    return readFile(join(this.folder, name), { flag: constants.O_RDONLY | constants.O_NOFOLLOW }).catch(() => undefined);
  }

  names(): Promise<string[]> {
    return readdir(this.folder).catch(() => []);
  }

  /** In one go, so that it cannot be kept again in between. */
  removeOlder(name: string, time: number): boolean {
    const path = join(this.folder, name);
    try {
      if (statSync(path).mtimeMs >= time) return false;
      unlinkSync(path);
      return true;
    } catch {
      return false;
    }
  }

  /** One that is there already counts as kept just now: no sweep takes it away before the log names it. */
  private async renewed(name: string, size: number): Promise<boolean> {
    const path = join(this.folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.size !== size) return false;
    const now = new Date();
    return utimes(path, now, now).then(
      () => true,
      () => false,
    );
  }

  /** Whole or not at all, and on the disk before anything speaks of it. */
  private async write(name: string, bytes: Buffer): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const half = join(this.folder, `${randomUUID()}.tmp`);
    const file = await open(half, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } catch (thrown) {
      await rm(half, { force: true });
      throw thrown;
    } finally {
      await file.close();
    }
    await rename(half, join(this.folder, name));
    const folder = await open(this.folder, constants.O_RDONLY);
    await folder.sync().finally(() => folder.close());
  }
}

function refused(thrown: unknown): StorageError {
  const { code } = thrown as NodeJS.ErrnoException;
  const kind = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' ? 'full' : code === 'EROFS' ? 'read-only' : 'failed';
  return new StorageError(kind, `a picture could not be stored: ${messageOf(thrown)}`, { cause: thrown });
}
