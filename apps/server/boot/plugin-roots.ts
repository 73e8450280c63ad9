import { existsSync, realpathSync } from 'node:fs';
import type { Config } from 'dispatch/kernel';
import { pluginFolders } from '../../plugin-packages/index.js';
import type { PluginRoot } from './dropped-plugins.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of this user's own plugins. */
export const usualFolder = (env: Environment, home: string): string => pluginFolders(env, home).user;

/**
 * Where plugins from outside are looked for: where somebody says, then the user's own folder, then the machine's. By
 * their real paths: what an error's stack shows is found again.
 */
export function pluginRoots(config: Config, env: Environment, home: string): PluginRoot[] {
  const named = config.list('plugins.folders').map((path) => ({ path, named: true }));
  const { user, system } = pluginFolders(env, home);
  const usual = [user, system].map((path) => ({ path, named: false }));
  const roots = [...named, ...usual].map(({ path, named }) => ({ path: existsSync(path) ? realpathSync(path) : path, named }));
  return roots.filter(({ path }, at) => roots.findIndex((each) => each.path === path) === at);
}
