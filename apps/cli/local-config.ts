import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, configFiles, type Explanation, explain, type LoadedConfig, loadConfig, show } from '../../config/index.js';
import { CliError, failure, usageError } from './cli-error.js';

export type { Explanation };

/** What a server that this user starts in this directory would take; the server that runs may have been started elsewhere. */
export function localConfig(): LoadedConfig {
  try {
    return loadConfig({ env: process.env, cwd: process.cwd(), home: home() });
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (error instanceof ConfigError) throw failure(`the configuration cannot be used:\n${error.problems.join('\n')}`, error);
    if ((error as NodeJS.ErrnoException).syscall === 'uv_cwd')
      throw failure('the current directory does not exist any more; change to another', error);
    throw error;
  }
}

/** Where this user's server has its token from: what was given to it, else what it keeps in a file. */
export function tokenPlace(): { given: string | undefined; from: string | undefined; file: string } {
  const { settings, values } = localConfig();
  const given = settings.get('access.token');
  return { given: given?.value as string | undefined, from: given?.origin.text, file: join(values.dataDir as string, 'token') };
}

/** One setting or a group; all of them when none is asked for. */
export function explained(loaded: LoadedConfig, key: string | undefined): Explanation[] {
  if (key === undefined) return show(loaded);
  try {
    return explain(loaded, key);
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}

/** The files that settings are read from, the strongest first. */
export const configPaths = (): { path: string; exists: boolean }[] =>
  configFiles(process.cwd(), home(), process.env).map(({ path }) => ({ path, exists: existsSync(path) }));

function home(): string {
  try {
    return homedir();
  } catch (cause) {
    throw failure('this user has no home directory: set HOME', cause);
  }
}
