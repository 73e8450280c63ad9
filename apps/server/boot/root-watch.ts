import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { foldersIn, isPassedOver } from './plugin-place.js';

export interface WatchOptions {
  /** How long nothing may have happened to a place before it is told, in milliseconds. */
  settleMs: number;
  /** Told of a place in the root, or of the root itself. */
  changed(place: string): void;
  /** Told once when this machine watches no more folders; from then on the root is looked at every so often. */
  blind(thrown: unknown): void;
  /** Node's own, unless a test has another. */
  watch?: typeof watch;
}

/** How often a folder that cannot be watched is looked at instead. */
const lookMs = 1_000;

/**
 * Watches the folders below a root, also one that is not there yet. Tells which places in it have changed, each once
 * nothing has happened to it for a while, so that nobody reads half of a file. One watch a folder and none a file.
 */
export class RootWatch {
  private readonly watchers = new Map<string, FSWatcher>();
  private readonly settling = new Map<string, NodeJS.Timeout>();
  private looking: NodeJS.Timeout | undefined;
  private ended = false;

  constructor(
    private readonly root: string,
    private readonly options: WatchOptions,
  ) {
    this.arm();
  }

  /** Whether it has to look at times, since it is not told. */
  get looks(): boolean {
    return this.looking !== undefined;
  }

  /** Whether something is being done to a place just now. */
  isBusy(place: string): boolean {
    return this.settling.has(place) || this.settling.has(this.root) || (place === this.root && this.settling.size > 0);
  }

  end(): void {
    this.ended = true;
    for (const watcher of this.watchers.values()) watcher.close();
    for (const timer of this.settling.values()) clearTimeout(timer);
    clearInterval(this.looking);
    this.watchers.clear();
    this.settling.clear();
  }

  /** Watches what is there now and no longer what is gone. */
  private arm(): void {
    if (this.ended) return;
    const wanted = new Set(this.wanted());
    for (const [folder, watcher] of this.watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.watchers.delete(folder);
    }
    for (const folder of wanted) this.watch(folder);
  }

  private wanted(): string[] {
    const root = statSync(this.root, { throwIfNoEntry: false });
    if (root?.isDirectory()) return foldersIn(this.root);
    return [nearest(dirname(this.root))]; // what a file is saved over shows in the folder it lies in
  }

  private watch(folder: string): void {
    if (this.watchers.has(folder)) return;
    try {
      const watcher = (this.options.watch ?? watch)(folder, { persistent: false }, (kind, name) =>
        this.heard(kind, join(folder, name ?? '')),
      );
      watcher.on('error', () => this.lost(folder));
      this.watchers.set(folder, watcher);
    } catch (thrown) {
      if (!isGone(thrown)) this.lookInstead(thrown);
    }
  }

  /** The folder is gone. */
  private lost(folder: string): void {
    this.watchers.get(folder)?.close();
    this.watchers.delete(folder);
    this.heard('change', folder);
  }

  /** Whoever is told of the root finds out what has changed in it. */
  private lookInstead(why: unknown): void {
    if (this.looking) return;
    this.looking = setInterval(() => this.settled(this.root), lookMs).unref();
    this.options.blind(why);
  }

  private heard(kind: string, path: string): void {
    if (this.ended) return;
    if (`${this.root}${sep}`.startsWith(`${path}${sep}`)) return this.wait(this.root);
    const below = relative(this.root, path).split(sep);
    if (below.some((name) => name === '..' || isPassedOver(name))) return;
    // a new folder is watched at once, for what comes into it
    if (kind === 'rename') for (const folder of foldersIn(path)) this.watch(folder);
    this.wait(join(this.root, below[0] as string));
  }

  private wait(place: string): void {
    clearTimeout(this.settling.get(place));
    this.settling.set(
      place,
      setTimeout(() => this.settled(place), this.options.settleMs),
    );
  }

  private settled(place: string): void {
    this.settling.delete(place);
    this.arm();
    this.options.changed(place);
  }
}

const isGone = (thrown: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '');

/** The nearest folder above that is there. */
const nearest = (path: string): string =>
  statSync(path, { throwIfNoEntry: false }) || dirname(path) === path ? path : nearest(dirname(path));
