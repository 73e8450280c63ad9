import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigError } from './config-error.js';
import { type ConfigInput, loadConfig } from './load.js';

/** A start directory, a home and a system folder of their own. */
export function place() {
  const root = mkdtempSync(join(tmpdir(), 'dispatch-config-'));
  const [cwd, home, system] = ['work', 'home', 'etc'].map((name) => join(root, name)) as [string, string, string];
  for (const folder of [cwd, home, system]) mkdirSync(folder);
  const files = {
    project: join(cwd, 'dispatch.config.jsonc'),
    user: join(home, '.config/dispatch/dispatch.config.jsonc'),
    system: join(system, 'dispatch.config.jsonc'),
  };
  const write = (path: string, content: unknown, mode = 0o600) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    chmodSync(path, mode);
    return path;
  };
  const load = (input: Partial<Pick<ConfigInput, 'flags' | 'env'>> = {}) =>
    loadConfig({
      env: {},
      ...input,
      cwd,
      home,
      files: (['project', 'user', 'system'] as const).map((scope) => ({ scope, path: files[scope] })),
    });
  /** The problems that loading finds. */
  const problems = (input: Parameters<typeof load>[0] = {}): readonly string[] => {
    try {
      load(input);
    } catch (thrown) {
      if (thrown instanceof ConfigError) return thrown.problems;
      throw thrown;
    }
    return [];
  };
  return { cwd, home, files, write, load, problems };
}
