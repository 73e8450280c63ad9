import { chmodSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { applyEdits, modify } from 'jsonc-parser';
import { ConfigError } from './config-error.js';
import { type ConfigFile, readConfigFile, textOf } from './config-file.js';

type Values = Readonly<Record<string, unknown>>;

/** Settings of single plugins as the user's files and the machine's have them now. A project's own file says nothing here. */
export class PluginSettingsFiles {
  private readonly files: readonly ConfigFile[];

  /** @param files the strongest first */
  constructor(files: readonly ConfigFile[]) {
    this.files = files.filter(({ scope }) => scope !== 'project');
  }

  /** What a plugin was given, and in which file. Throws a `ConfigError` when a file cannot be understood. */
  read(id: string): { values: Values; from?: string } {
    for (const file of this.files) {
      const problems: string[] = [];
      const found = readConfigFile(file, problems, []).find(({ path }) => path === `plugins.settings.${id}`);
      if (problems.length > 0) throw new ConfigError(problems);
      if (!found) continue;
      if (isObject(found.value)) return { values: found.value, from: file.path };
      throw new ConfigError([`plugins.settings.${id} (from ${file.path}) must be an object`]);
    }
    return { values: {} };
  }

  /** Where settings of this plugin are kept when they are changed. */
  fileFor(id: string): string {
    const { from } = this.read(id);
    const own = this.files.filter(({ scope }) => scope === 'user').map(({ path }) => path);
    const file = own.find((path) => path === from) ?? own.find((path) => statSync(path, { throwIfNoEntry: false })) ?? own[0];
    if (file === undefined) throw new ConfigError(['this user has no configuration file of its own']);
    return file;
  }

  /**
   * Keeps them in the user's own file, whose other content and comments stay; in one go, so that nobody reads half of it.
   * Only its owner may read the file from then on. Answers which it is. Throws a sentence when that cannot be done.
   */
  write(id: string, values: Values): string {
    const file = this.fileFor(id);
    const before = textOf(file, [])?.trim() ?? '';
    const edits = modify(before === '' ? '{}' : before, ['plugins', 'settings', id], values, {
      formattingOptions: { insertSpaces: true, tabSize: 2 },
    });
    try {
      replace(file, `${applyEdits(before === '' ? '{}' : before, edits)}\n`);
    } catch (thrown) {
      const { code = 'unknown' } = thrown as NodeJS.ErrnoException;
      throw new ConfigError([`${file} cannot be written (${code}): let the server's user write to it`]);
    }
    return file;
  }
}

const isObject = (value: unknown): value is Values => value !== null && typeof value === 'object' && !Array.isArray(value);

function replace(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const isThere = statSync(path, { throwIfNoEntry: false });
  const file = isThere ? realpathSync(path) : path; // a link stays one
  const next = join(dirname(file), `.dispatch-settings-${process.pid}.new`);
  try {
    writeFileSync(next, text, { mode: 0o600, flag: 'wx', flush: true });
    chmodSync(next, (isThere?.mode ?? 0o600) & 0o700);
    renameSync(next, file);
  } catch (thrown) {
    rmSync(next, { force: true });
    throw thrown;
  }
}
