import type { BroughtFile } from '../trust/contract.js';
import { type BuiltIn, builtIns } from './built-in.js';
import { type Definition, type Entry, entriesIn, entriesOf } from './definition.js';

/** A server as it is configured for a directory, and whether it may be used. */
export interface Configured {
  id: string;
  name: string;
  /** The file that asks for it, or `configuration`; absent for a built-in one. */
  source?: string;
  extensions: readonly string[];
  rootMarkers: readonly string[];
  /** The commands, of which the first that is found counts; none where it cannot be used. */
  commands: readonly (readonly string[])[];
  env: Readonly<Record<string, string>>;
  initialization?: unknown;
  settings?: unknown;
  /** What is wrong with it. */
  problem?: string;
  /** Why it is not used although nothing is wrong with it. */
  inert?: string;
  builtIn?: BuiltIn;
}

export interface Plan {
  servers: readonly Configured[];
  /** Whether the owner trusts what the directory asks for; programs of its `node_modules` then count. */
  trusted: boolean;
  /** What is wrong with files as a whole. */
  problems: readonly string[];
}

/**
 * Every server for a directory: those of the project's trusted files, of whoever runs Dispatch, and the built-in ones; of
 * several with one name the first counts. What waits to be trusted is listed and takes nobody's place. Pure.
 */
export function configured(files: readonly BroughtFile[], own: Readonly<Record<string, unknown>>, directory: string): Plan {
  const used = new Map<string, Configured | undefined>();
  const others: Configured[] = [];
  const problems: string[] = [];
  const add = (entry: Entry, source: string) => {
    if (!used.has(entry.id)) used.set(entry.id, entry.disabled ? undefined : fromEntry(entry, source));
  };
  for (const file of files) {
    const entries = entriesOfFile(file);
    if (typeof entries === 'string') {
      problems.push(entries);
      others.push(broken(file, entries));
    } else if (file.state === 'trusted') for (const entry of entries) add(entry, file.file);
    else
      for (const entry of entries)
        others.push({ ...fromEntry(entry, file.file), inert: `it waits to be trusted: dispatch trust ${directory}` });
  }
  for (const entry of entriesOf(own)) add(entry, 'configuration');
  const trusted = files.some(({ state }) => state === 'trusted');
  for (const each of builtIns) if (!used.has(each.id)) used.set(each.id, fromBuiltIn(each, trusted, directory));
  return { servers: [...[...used.values()].filter((each) => each !== undefined), ...others], trusted, problems };
}

function entriesOfFile(file: BroughtFile): Entry[] | string {
  if (file.state === 'refused') return `${file.file} is not used: ${file.reason}`;
  try {
    return entriesIn(file.text, file.path);
  } catch (thrown) {
    return `${file.file}: ${(thrown as Error).message}`;
  }
}

const nothing = { extensions: [], rootMarkers: [], commands: [], env: {} };
const broken = ({ path, file }: BroughtFile, problem: string): Configured => ({
  ...nothing,
  ...{ id: path, name: path, source: file, problem },
});

/** What an entry does not say, the built-in server of the same name does. */
function fromEntry({ id, definition }: Entry, source: string): Configured {
  const known = builtIns.find((each) => each.id === id);
  const named = { id, name: known?.name ?? id, source };
  if ('problem' in definition) return { ...nothing, ...named, problem: definition.problem };
  const { command, env = {}, ...rest }: Partial<Definition> = definition;
  const commands = command ? [command] : (known?.commands ?? []);
  const all = { ...nothing, ...(known && essence(known)), ...rest, ...named, commands, env };
  if (commands.length === 0) return { ...all, problem: '"command" is missing: a list of texts, the program and its arguments' };
  if (all.extensions.length === 0) return { ...all, problem: '"extensions" is missing: a list of texts such as ".ts"' };
  return all;
}

function fromBuiltIn(builtIn: BuiltIn, trusted: boolean, directory: string): Configured {
  const { id, name, commands } = builtIn;
  const inert =
    builtIn.runsProject && !trusted ? `it runs code of the project, which has to be trusted first: ${howToTrust(directory)}` : undefined;
  return { ...essence(builtIn), id, name, commands, env: {}, builtIn, ...(inert !== undefined && { inert }) };
}

/** What an owner does who has nothing to configure. */
export const howToTrust = (directory: string): string =>
  `write { "servers": {} } into ${directory}/.dispatch/lsp.json, then: dispatch trust ${directory}`;

const essence = ({ extensions, rootMarkers, initialization, settings }: BuiltIn) => ({
  ...{ extensions, rootMarkers },
  ...(initialization !== undefined && { initialization }),
  ...(settings !== undefined && { settings }),
});
