import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, extname, join, relative, sep } from 'node:path';
import { ownerProblem, rootProblem } from './place-check.js';

export const endings = ['.ts', '.mjs', '.js'];
/** Files that a plugin is made of; what else lies beside them may change without anything happening. */
const code = new Set([...endings, '.mts', '.cts', '.cjs', '.json']);
/** Files of one plugin at most; its packages not counted. */
const mostFiles = 5_000;
const mostBytes = 8 * 1024 * 1024;
/** What lies beside plugins and is none of theirs. */
export const isPassedOver = (name: string): boolean => /^[._]/.test(name) || name === 'node_modules';

/** A place where a plugin lies, as it is now. */
export interface PluginPlace {
  /** Folder or file, absolute. */
  source: string;
  /** The folder in which it was looked for. */
  root: string;
  /** What to import, or why nothing of it is run. */
  entry: { file: string } | { problem: string };
  /** Differs whenever one of its files does. */
  print: string;
  /** When one of its files was changed last, in epoch milliseconds. */
  changedAt: number;
}

/**
 * The plugins below a folder: the folder itself, or each folder and file in it. None where there is no such folder.
 * Synchronous: what is looked at is looked at in one moment.
 */
export function placesIn(root: string): PluginPlace[] {
  if (!existsSync(root)) return [];
  const stats = statSync(root);
  const problem = rootProblem(stats, process.getuid?.());
  if (problem) return [{ source: root, root, entry: { problem: `it ${problem}` }, print: problem, changedAt: stats.ctimeMs }];
  if (!stats.isDirectory() || entryOf(root)) return [placeAt(root, root)];
  return namesIn(root)
    .map((name) => join(root, name))
    .filter(isPlace)
    .map((path) => placeAt(path, root));
}

/** A folder and all those below it that count; none where it is no folder. Links are not followed. */
export function foldersIn(path: string): string[] {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return [];
  return [path, ...namesIn(path).flatMap((name) => foldersIn(join(path, name)))];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !isPassedOver(name))
      .sort();
  } catch {
    return []; // gone in this very moment
  }
}

function isPlace(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return !found || found.isDirectory() || (endings.includes(extname(path)) && !path.endsWith('.d.ts'));
}

function placeAt(source: string, root: string): PluginPlace {
  const survey = new Survey(source, realpathSync(root));
  const problem = survey.problem();
  const file = problem === undefined ? entryOf(source) : undefined;
  const entry = file ? { file } : { problem: problem ?? nothingIn(source) };
  return { source, root, entry, print: survey.print + (problem ?? ''), changedAt: survey.changedAt };
}

const nothingIn = (folder: string): string =>
  `it has no plugin in it: add an index${endings.join(', index')}, or name the file in package.json under "dispatch": { "entry": … }${
    existsSync(join(folder, 'package.json')) ? ' (the package.json that is there names none)' : ''
  }`;

/** Looks at everything a plugin is made of. */
class Survey {
  changedAt = 0;
  private readonly files: string[] = [];

  constructor(
    private readonly source: string,
    /** Real path of the folder it has to stay in. */
    private readonly root: string,
  ) {}

  get print(): string {
    return createHash('sha256').update(this.files.join('\n')).digest('hex');
  }

  /** What forbids to run it. */
  problem(): string | undefined {
    try {
      return this.at(this.source);
    } catch (thrown) {
      return `it cannot be read (${(thrown as Error).message})`;
    }
  }

  private at(path: string): string | undefined {
    const link = lstatSync(path).isSymbolicLink();
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats) return `${path} is a link to nowhere`;
    const problem = (link ? this.linkProblem(path) : undefined) ?? this.ownerProblem(path, stats);
    if (problem) return problem;
    if (stats.isDirectory()) return link && path !== this.source ? undefined : this.inFolder(path);
    return stats.isFile() && code.has(extname(path)) ? this.file(path, stats) : undefined;
  }

  private linkProblem(path: string): string | undefined {
    const real = realpathSync(path);
    if (real === this.root || real.startsWith(this.root + sep)) return undefined;
    return `${path} is a link to ${real}, which lies outside of ${this.root}: name that folder in DISPATCH_PLUGINS instead`;
  }

  private ownerProblem(path: string, stats: Stats): string | undefined {
    const problem = ownerProblem(stats, process.getuid?.());
    return problem && `${path} ${problem}`;
  }

  private inFolder(folder: string): string | undefined {
    for (const name of namesIn(folder)) {
      const problem = this.at(join(folder, name));
      if (problem) return problem;
    }
    return undefined;
  }

  private file(path: string, { size, mtimeMs, ctimeMs, ino }: Stats): string | undefined {
    this.changedAt = Math.max(this.changedAt, ctimeMs);
    if (size > mostBytes) return `${path} is larger than ${mostBytes / 1024 / 1024} MiB, which no code is`;
    if (this.files.push([relative(this.root, path), size, mtimeMs, ctimeMs, ino].join(' ')) > mostFiles)
      return `it has more than ${mostFiles} files: is this a plugin's folder?`;
    return undefined;
  }
}

/** The file to import for a plugin's place. */
function entryOf(source: string): string | undefined {
  if (statSync(source, { throwIfNoEntry: false })?.isFile()) return source;
  const named = packageEntry(source);
  const names = [...endings.map((ending) => `index${ending}`), ...endings.map((ending) => basename(source) + ending)];
  return [...(named ? [named] : []), ...names].map((name) => join(source, name)).find((file) => existsSync(file));
}

function packageEntry(folder: string): string | undefined {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8').replace(/^\uFEFF/, '');
    const { dispatch, main } = JSON.parse(text) as { dispatch?: { entry?: unknown }; main?: unknown };
    const named = dispatch === undefined ? undefined : (dispatch.entry ?? main);
    return typeof named === 'string' ? named : undefined;
  } catch {
    return undefined;
  }
}
