import { homedir } from 'node:os';
import about from '../../package.json' with { type: 'json' };
import { type Installed, PackageError, PackageStore, type Prepared, pluginFolders } from '../plugin-packages/index.js';
import { failure } from './cli-error.js';

export type { Installed, Prepared };

/** Packages with plugins on this machine: this user's own, or those that are there for everybody. */
export function localPackages(system: boolean): PackageStore {
  const folders = pluginFolders(process.env, homedir());
  return new PackageStore(system ? folders.system : folders.user, about.version);
}

/** What went wrong with a package is said as every other failure. */
export async function packagesSay<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PackageError) throw failure(error.message, error);
    throw error;
  }
}
