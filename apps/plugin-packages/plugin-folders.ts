import { join } from 'node:path';

/** Where plugins lie that nobody had to name. */
export interface PluginFolders {
  user: string;
  /** For every user of the machine. */
  system: string;
}

export function pluginFolders(env: Readonly<Record<string, string | undefined>>, home: string): PluginFolders {
  const data = env.XDG_DATA_HOME?.startsWith('/') ? env.XDG_DATA_HOME : join(home, '.local/share');
  return { user: join(data, 'dispatch/plugins'), system: '/var/lib/dispatch/plugins' };
}
