import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { addresses } from './addresses.js';
import { checkValue } from './check-value.js';
import { ConfigError } from './config-error.js';
import { type ConfigFile, configFiles, readConfigFile, readVariables } from './config-file.js';
import { checkAddress, type KeySources, keyFileReader, withKey } from './credentials.js';
import { environmentAssignments } from './environment.js';
import { keys, locate } from './keys.js';
import { type Assignment, type Chosen, choose, flagAssignments, type Origin } from './layers.js';
import { LoadedConfig, type Setting } from './loaded-config.js';
import type { CredentialEntry } from './schema.js';
import { secretsIn } from './secrets.js';

/** Where the configuration comes from. */
export interface ConfigInput {
  /** By dotted key; texts are read as the key wants them. */
  flags?: Readonly<Record<string, unknown>>;
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute start directory. */
  cwd: string;
  /** Absolute home folder. */
  home: string;
  /** Files instead of the usual ones, the strongest first. */
  files?: readonly ConfigFile[];
}

/** Reads, merges and checks the whole configuration. Throws a `ConfigError` with every problem there is. */
export function loadConfig({ flags = {}, env, cwd, home, files = configFiles(cwd, home, env) }: ConfigInput): LoadedConfig {
  const warnings: string[] = [];
  const problems: string[] = [];
  const variables = readVariables(env, cwd, problems, warnings);
  const readKeyFile = keyFileReader(home, (path) => readFileSync(path, 'utf8'), warnings);
  const said = { problems: [] as string[], warnings: [] as string[] };
  const inFiles = files.map((file) => readConfigFile(file, said.problems, said.warnings));
  const environment = environmentAssignments(variables, readKeyFile, originsIn(inFiles));
  warnings.push(...environment.warnings);
  const flagged = flagAssignments(flags, cwd, problems);
  problems.push(...environment.problems, ...said.problems);
  warnings.push(...said.warnings);
  const layers = [flagged, environment.assignments, ...inFiles, defaults(cwd)];

  const chosen = choose(layers);
  const checked = new Map<string, unknown>();
  for (const [path, each] of chosen) checked.set(path, checkValue(each, home, problems));
  const found = [...chosen.values()].flatMap((each) => [each, ...each.overridden].flatMap(secretsIn));
  const plainHttpHosts = (checked.get('provider.plainHttpHosts') as readonly string[] | undefined) ?? [];
  const sources = { variables, readKeyFile, warnings, problems, plainHttpHosts };
  complete(chosen, checked, cwd);
  placeKeys(chosen, checked, sources);
  if (problems.length > 0) throw new ConfigError([...new Set(problems)]);

  const settings = new Map<string, Setting>();
  for (const key of keys.values())
    for (const [path, each] of chosen)
      if (locate(path)?.key === key) settings.set(path, { ...each, value: checked.get(path), doc: key.doc });
  const secrets = [...found, ...[...settings.values()].flatMap(secretsIn), variables.get('DISPATCH_TOKEN')?.value ?? ''];
  return new LoadedConfig(nested(checked), settings, [...new Set(warnings)], longestFirst(secrets));
}

/** Where the strongest file that sets a path is. */
const originsIn = (layers: readonly (readonly Assignment[])[]): Map<string, Origin> =>
  new Map([...layers].reverse().flatMap((layer) => layer.map(({ path, origin }) => [path, origin] as const)));

function defaults(cwd: string): Assignment[] {
  const origin: Origin = { text: 'default', base: cwd, scope: 'default' };
  return [...keys.values()]
    .filter(({ kind, byDefault }) => kind !== 'record' && byDefault !== undefined)
    .map(({ key, byDefault }) => ({ path: key, value: byDefault, origin }));
}

/** Settles the defaults that depend on other settings. */
function complete(chosen: Map<string, Chosen>, checked: Map<string, unknown>, cwd: string): void {
  const dataDir = typeof checked.get('dataDir') === 'string' ? (checked.get('dataDir') as string) : resolve(cwd);
  const derived = {
    cwd: resolve(cwd),
    db: join(dataDir, 'dispatch.db'),
    traceDb: join(dataDir, 'trace.db'),
    journal: join(dataDir, 'journal.ndjson'),
  };
  for (const [path, value] of Object.entries(derived)) {
    if (chosen.has(path)) continue;
    chosen.set(path, { path, value, origin: { text: 'default', base: cwd, scope: 'default' }, overridden: [] });
    checked.set(path, value);
  }
}

/** Gives each credential its key, and judges the addresses that keys are sent to. */
function placeKeys(chosen: Map<string, Chosen>, checked: Map<string, unknown>, sources: KeySources): void {
  for (const [path, each] of chosen)
    if (path.startsWith('credentials.') && checked.get(path) !== undefined)
      checked.set(path, withKey(checked.get(path) as CredentialEntry, each, sources));
  for (const [addressKey, keyKey] of addresses) {
    const where = `${addressKey} (from ${chosen.get(addressKey)?.origin.text})`;
    const [address, key] = [addressKey, keyKey].map((path) => checked.get(path) as string | undefined);
    checkAddress(where, address, key, sources, addressKey !== 'tools.web.baseUrl');
  }
}

/** The flat values as one object; a record is there even when it is empty. */
function nested(checked: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const records = new Map<string, [string, unknown][]>();
  for (const key of keys.values()) if (key.kind === 'record') records.set(key.key, []);
  const plain: [string, unknown][] = [];
  for (const [path, value] of checked) {
    const place = locate(path);
    if (place?.entry !== undefined) records.get(place.key.key)?.push([place.entry, value]);
    else plain.push([path, value]);
  }
  const root: Record<string, unknown> = {};
  for (const [path, value] of [...plain, ...[...records].map(([key, each]) => [key, Object.fromEntries(each)] as const)]) {
    const names = path.split('.');
    const last = names.pop() as string;
    let group = root;
    for (const name of names) {
      group[name] ??= {};
      group = group[name] as Record<string, unknown>;
    }
    group[last] = value;
  }
  return root;
}

const longestFirst = (secrets: readonly string[]): string[] =>
  [...new Set(secrets.filter((secret) => secret !== ''))].sort((a, b) => b.length - a.length);
