import { existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npm } from './npm.js';
import { PackageError } from './package-error.js';
import { specOf } from './package-spec.js';
import { installedFolder, type PluginPackage, readLock, readPackage, tarballIn } from './read-package.js';
import { type Receipt, readReceipt, receiptProblem, writeReceipt } from './receipt.js';

export { PackageError };

/** What was installed, as people are shown it. */
export interface Installed extends Receipt {
  id: string;
  folder: string;
  /** Why it is not loaded. */
  problem?: string;
}

/** A package that is there and not yet in use. */
export interface Prepared extends PluginPackage {
  integrity: string;
  /** Packages that came with it. */
  others: number;
  /** Packages with scripts that npm would have run; they were not. */
  scripts: readonly string[];
  /** The version in whose place it comes. */
  before?: string;
  /** Puts it in place. A server that watches the folder takes it then. Answers its folder. */
  commit(): Promise<string>;
  /** Leaves nothing of it behind. */
  discard(): Promise<void>;
}

/** What was begun and not ended is thrown away after this, in milliseconds. */
const staleMs = 3_600_000;

/**
 * Plugins that are npm packages, in a folder of plugins: each with its packages and its lock in a folder of its own, which
 * is a plugin like any other there.
 */
export class PackageStore {
  constructor(
    /** Absolute. */
    private readonly folder: string,
    /** The version of Dispatch that plugins have to fit. */
    private readonly ours: string,
    private readonly env: NodeJS.ProcessEnv = process.env,
  ) {}

  /** Fetches a package and what it needs; runs nothing of it. Rejects with a `PackageError`, and then nothing is left behind. */
  async prepare(asked: string, cwd: string): Promise<Prepared> {
    const { kind, target } = specOf(asked, cwd);
    if (kind === 'path') await mustBePackage(target, this.ours);
    const stage = await this.stage();
    const discard = () => rm(stage, { recursive: true, force: true });
    try {
      await this.install(stage, target);
      const { name, folder } = installedFolder(stage);
      const found = await readPackage(folder, this.ours);
      const lock = readLock(stage, name);
      const before = await this.before(found);
      await writeFile(join(stage, 'package.json'), wrapping(name, found));
      await writeReceipt(stage, {
        asked: kind === 'path' ? target : asked,
        package: name,
        version: found.version,
        integrity: lock.integrity,
      });
      const commit = () => this.commit(stage, found.manifest.id).finally(discard);
      return { ...found, ...lock, ...(before !== undefined && { before }), commit, discard };
    } catch (thrown) {
      await discard();
      throw thrown instanceof PackageError ? thrown : new PackageError((thrown as Error).message, { cause: thrown });
    }
  }

  /** Rejects with a `PackageError` when nothing of that name was installed here. Answers what is gone. */
  async remove(asked: string): Promise<Installed> {
    const all = await this.list();
    const found = all.find(({ id }) => id === asked) ?? all.find((each) => each.package === asked);
    if (!found) {
      const names = all.map(({ id }) => id).join(', ') || 'none';
      const isThere = /^[\w-]+$/.test(asked) && existsSync(join(this.folder, asked));
      const why = isThere ? `${join(this.folder, asked)} was not installed by "add": delete it yourself` : `installed are: ${names}`;
      throw new PackageError(`no package "${asked}" was removed: ${why}`);
    }
    const gone = join(this.folder, `.removed-${process.pid}-${found.id}`);
    await rename(found.folder, gone);
    await rm(gone, { recursive: true, force: true });
    return found;
  }

  /** By id. */
  async list(): Promise<Installed[]> {
    const names = existsSync(this.folder) ? (await readdir(this.folder)).filter((name) => !name.startsWith('.')).sort() : [];
    const all = await Promise.all(
      names.map(async (id): Promise<Installed | undefined> => {
        const folder = join(this.folder, id);
        const known = await readReceipt(folder);
        if (!known) return undefined;
        const problem = await receiptProblem(folder);
        return { ...known, id, folder, ...(problem !== undefined && { problem }) };
      }),
    );
    return all.filter((each) => each !== undefined);
  }

  private async stage(): Promise<string> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 }).catch((cause: Error) => {
      throw new PackageError(`${this.folder} cannot be made (${cause.message})`, { cause });
    });
    for (const name of await readdir(this.folder)) {
      if (!/^\.(adding|replaced|removed)-/.test(name)) continue;
      const path = join(this.folder, name);
      if (Date.now() - (await stat(path)).mtimeMs > staleMs) await rm(path, { recursive: true, force: true });
    }
    return mkdtemp(join(this.folder, '.adding-')).catch((cause: Error) => {
      throw new PackageError(`nothing can be written into ${this.folder} (${cause.message})`, { cause });
    });
  }

  /** The tarball stays beside what was made of it, so that the lock names something that is there. */
  private async install(stage: string, target: string): Promise<void> {
    await writeFile(join(stage, 'package.json'), '{ "private": true }\n');
    await npm(stage, ['pack', `--pack-destination=${stage}`, '--', target], this.env);
    await rename(tarballIn(stage), join(stage, 'package.tgz'));
    await npm(stage, ['install', '--', './package.tgz'], this.env);
  }

  /** The version that is there already. */
  private async before({ name, manifest: { id } }: PluginPackage): Promise<string | undefined> {
    const folder = join(this.folder, id);
    if (!existsSync(folder)) return undefined;
    const known = await readReceipt(folder);
    if (!known) throw new PackageError(`there is a plugin at ${folder} already, which was not installed by "add": take it away first`);
    if (known.package === name || known.package === '') return known.version;
    throw new PackageError(`the package ${known.package} has a plugin "${id}" already: remove it first (dispatch plugin remove ${id})`);
  }

  private async commit(stage: string, id: string): Promise<string> {
    const folder = join(this.folder, id);
    const old = join(this.folder, `.replaced-${process.pid}-${id}`);
    const isThere = existsSync(folder);
    if (isThere) await rename(folder, old);
    try {
      await rename(stage, folder);
    } catch (thrown) {
      if (isThere) await rename(old, folder);
      throw thrown;
    }
    await rm(old, { recursive: true, force: true });
    return folder;
  }
}

async function mustBePackage(path: string, ours: string): Promise<void> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new PackageError(`there is no folder and no file ${path}`);
  if (found.isDirectory())
    await readPackage(path, ours); // said before anything is fetched
  else if (!/\.(tgz|tar\.gz)$/.test(path)) throw new PackageError(`${path} is neither a folder nor a tarball (.tgz)`);
}

/** A plugin's folder around the package: it says what the package says, and where its file is. */
function wrapping(name: string, { declared, entry, version }: PluginPackage): string {
  const dispatch = { version, ...declared, entry: `node_modules/${name}/${entry}` };
  return `${JSON.stringify({ private: true, type: 'module', dispatch, dependencies: { [name]: 'file:package.tgz' } }, null, 2)}\n`;
}
