import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Ids of the plugins that their owner does not want to run; kept in a file, so that a restart does not bring them back. */
export class DisabledPlugins {
  private readonly ids: Set<string>;

  /** Throws when the file is there and cannot be understood: what was disabled must not run by accident. */
  constructor(private readonly file: string) {
    this.ids = new Set(read(file));
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  /** Throws, and changes nothing, when the file cannot be written. */
  set(id: string, disabled: boolean): void {
    if (this.ids.has(id) === disabled) return;
    const next = disabled ? [...this.ids, id] : [...this.ids].filter((each) => each !== id);
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.file}.new`, `${JSON.stringify({ disabled: next.sort() }, null, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(`${this.file}.new`, this.file);
    if (disabled) this.ids.add(id);
    else this.ids.delete(id);
  }
}

function read(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
  try {
    const { disabled } = JSON.parse(text) as { disabled?: unknown };
    if (Array.isArray(disabled)) return disabled.filter((id) => typeof id === 'string');
  } catch {
    // said below
  }
  throw new Error(`${file}, the list of disabled plugins, is not { "disabled": ["id", …] }: mend it or delete it`);
}
