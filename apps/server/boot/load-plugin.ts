import { type Clock, type Config, definitionsFrom, type Manifest, messageOf, type PluginDefinition } from 'dispatch/kernel';
import { engineProblem, readManifest, receiptProblem } from '../../plugin-packages/index.js';
import { lineIn } from './faults/blame.js';
import { importPlugin } from './import-plugin.js';
import type { PluginPlace } from './plugin-place.js';
import { syntaxSlip } from './syntax-slip.js';

export interface LoadKit {
  clock: Clock;
  config: Config;
  /** Of this server. */
  version: string;
  /** Told what a place declares, before any of its code runs. */
  declared(manifest: Manifest | undefined): void;
  /** Takes note of the settings that one of its plugins declares. Answers what is wrong with what it was given. */
  settings(manifest: Manifest): Promise<string | undefined>;
}

/** The plugins at a place, as its files are now. Rejects with why there are none, where possible before any of its code runs. */
export async function loadPlugin({ source, entry }: PluginPlace, generation: number, kit: LoadKit): Promise<PluginDefinition[]> {
  if ('problem' in entry) throw new Error(entry.problem);
  const tampered = await receiptProblem(source);
  if (tampered !== undefined) throw new Error(tampered);
  const declared = readManifest(source, entry.file);
  kit.declared(declared);
  if (declared) await check(declared, kit);
  const exported = await inTime(kit, source, importPlugin(source, entry.file, generation)).catch((thrown: unknown) => {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    const line = lineIn(stack, source) ?? (stack?.startsWith('SyntaxError') ? syntaxSlip(source, entry.file) : undefined);
    throw new Error(`${messageOf(thrown)}${line === undefined ? '' : ` (${line})`}`, { cause: thrown });
  });
  const definitions = definitionsFrom(exported, source);
  for (const each of definitions) await check(each.id === declared?.id ? { settings: declared.settings, ...each } : each, kit);
  return definitions;
}

async function check(manifest: Manifest, { settings, version }: LoadKit): Promise<void> {
  const problem = (await engineProblem(manifest.engine, version)) ?? (await settings(manifest));
  if (problem !== undefined) throw new Error(problem);
}

/** An import has no end that somebody else could set: whoever waits for it goes on. */
async function inTime<T>({ clock, config }: LoadKit, source: string, importing: Promise<T>): Promise<T> {
  const ms = config.number('plugins.startLimitMs');
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then((): never => {
    throw new Error(`importing ${source} took longer than ${ms} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([importing, late]);
  } finally {
    done.abort();
  }
}
