import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from 'dispatch/kernel';
import { engineProblem } from './engine-range.js';
import { PackageError } from './package-error.js';
import { readManifest } from './read-manifest.js';

/** A package that has a plugin in it. */
export interface PluginPackage {
  name: string;
  version: string;
  manifest: Manifest;
  /** Its `dispatch` key, without the entry. */
  declared: Record<string, unknown>;
  /** The file to import, below the package's folder. */
  entry: string;
}

const usual = ['index.ts', 'index.mjs', 'index.js'];

/**
 * Reads what the package in a folder says of itself; nothing of it is run. Throws why it cannot be added.
 * @param ours the version of Dispatch that it has to fit
 */
export async function readPackage(folder: string, ours: string): Promise<PluginPackage> {
  const { name = '', version = '', dispatch, main } = packageJson(folder);
  const refuse = (why: string) => new PackageError(`the package ${name || folder} ${why}`);
  if (dispatch === undefined)
    throw refuse(
      'is no plugin of Dispatch: its package.json has no "dispatch" key, such as { "id": "dice", "provides": "dispatch.tool[]" }',
    );
  if (typeof dispatch !== 'object' || dispatch === null || Array.isArray(dispatch)) throw refuse('has a "dispatch" key that is no object');
  const { entry: named = main, ...declared } = dispatch as Record<string, unknown>;
  const entry = named === undefined ? usual.find((each) => existsSync(join(folder, each))) : named;
  if (typeof entry !== 'string')
    throw refuse(`does not say which file is the plugin: "dispatch": { "entry": "index.js" }, or one of ${usual.join(', ')}`);
  if (!isInside(entry) || !existsSync(join(folder, entry))) throw refuse(`names the file ${entry}, which is not in it`);
  const manifest = readManifest(folder, join(folder, entry));
  if (!manifest)
    throw refuse(
      'declares its plugin only in code that would have to be run: put "id" and "provides" into the "dispatch" key of its package.json',
    );
  const problem = await engineProblem(manifest.engine, ours);
  if (problem !== undefined) throw refuse(`does not fit: ${problem}`);
  return { name, version, manifest, declared, entry };
}

const isInside = (path: string): boolean => !path.startsWith('/') && !path.split(/[\\/]/).includes('..');

function packageJson(folder: string): { name?: string; version?: string; dispatch?: unknown; main?: unknown } {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8').replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new PackageError(`the package at ${folder} has no package.json that is JSON`, { cause });
  }
}

/** The folder of the only package that was asked for, in a folder that npm installed into. */
export function installedFolder(folder: string): { name: string; folder: string } {
  const { dependencies = {} } = packageJson(folder) as { dependencies?: Record<string, string> };
  const [name] = Object.keys(dependencies);
  if (name === undefined) throw new PackageError('npm installed nothing, and did not say why');
  return { name, folder: join(folder, 'node_modules', name) };
}

/** What `package-lock.json` says: the digest of a package, how many others came with it, and which of them have scripts. */
export function readLock(folder: string, name: string): { integrity: string; others: number; scripts: string[] } {
  const { packages = {} } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    packages?: Record<string, { integrity?: string; hasInstallScript?: boolean }>;
  };
  const own = `node_modules/${name}`;
  const paths = Object.keys(packages).filter((path) => path !== '');
  const { integrity } = packages[own] ?? {};
  if (integrity === undefined) throw new PackageError(`npm gave no digest for ${name}, so it could not be checked`);
  const scripts = paths.filter((path) => packages[path]?.hasInstallScript).map((path) => path.replace(/^.*node_modules\//, ''));
  return { integrity, others: paths.length - 1, scripts };
}

/** The tarball that npm made in a folder. */
export function tarballIn(folder: string): string {
  const [file] = readdirSync(folder).filter((each) => each.endsWith('.tgz'));
  if (file === undefined) throw new PackageError('npm packed nothing, and did not say why');
  return join(folder, file);
}
