import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  type Check,
  type Inspected,
  inspectPlugin,
  type Language,
  type MadePlugin,
  newPlugin,
  ownPlace,
  type Trial,
  testPlugin,
  usualFolder,
} from '../author/index.js';
import { CliError, failure } from './cli-error.js';

export type { Check, Inspected, MadePlugin, Trial };

/** What runs in this very process: nothing of it asks a server. The commands stand at `apps/cli/` in the build. */
const build = new URL('../../', import.meta.url);
const own = () => ownPlace(fileURLToPath(build));

export const made = (path: string, language: Language): Promise<MadePlugin> =>
  sentence(() => newPlugin(path, language, process.cwd(), own(), usualFolder(process.env, homedir())));

export const inspected = (path: string): Promise<Inspected[]> => sentence(() => inspectPlugin(path, process.cwd(), own().version));

export const tried = (path: string, calls: boolean, done: (check: Check) => void): Promise<Trial> =>
  sentence(() => testPlugin({ path, cwd: process.cwd(), calls, version: own().version, build, done }));

/** What goes wrong there is for whoever typed the command. */
async function sentence<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof CliError ? error : failure(error instanceof Error ? error.message : String(error), error);
  }
}
