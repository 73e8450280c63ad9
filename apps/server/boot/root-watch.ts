import { existsSync, type FSWatcher, watch } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { foldersIn } from './plugin-place.js';

/** How often a folder that cannot be watched is looked at instead. */
const lookMs = 1_000;

/**
 * Watches the folders below a root, also one that is not there yet. Tells which places in it have changed, each once
 * nothing has happened to it for a while, so that nobody reads half of a file.
 */
export class RootWatch {
  private readonly watchers = new Map<string, FSWatcher>();
  private readonly settling = new Map<string, NodeJS.Timeout>();
  private looking: NodeJS.Timeout | undefined;
  private ended = false;

  constructor(
    private readonly root: string,
    private readonly settleMs: number,
    /** Told of a place in the root, or of the root itself. */
    private readonly changed: (place: string) => void,
  ) {
    this.arm();
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
    const wanted = new Set(existsSync(this.root) ? foldersIn(this.root) : [nearest(this.root)]);
    for (const [folder, watcher] of this.watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.watchers.delete(folder);
    }
    for (const folder of wanted) if (!this.watchers.has(folder)) this.watch(folder);
  }

  private watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (kind, name) => {
        this.heard(folder, name ?? '');
        if (kind === 'rename') this.arm(); // a new folder is watched at once, for what comes into it
      });
      watcher.on('error', () => this.lost(folder));
      this.watchers.set(folder, watcher);
    } catch {
      this.lookInstead();
    }
  }

  /** The folder is gone, or there are too many watchers. */
  private lost(folder: string): void {
    this.watchers.get(folder)?.close();
    this.watchers.delete(folder);
    this.heard(folder, '');
  }

  /** A machine that watches no more folders: what has changed, whoever is told finds out. */
  private lookInstead(): void {
    this.looking ??= setInterval(() => this.settled(this.root), lookMs).unref();
  }

  private heard(folder: string, name: string): void {
    if (this.ended) return;
    const path = relative(this.root, join(folder, name));
    const [first = ''] = path.split(sep);
    // of the folders above a missing root only one thing matters: whether it is there now
    if (first === '..' && !existsSync(this.root) && nearest(this.root) === folder) return;
    if (/^[._]|^node_modules$/.test(first) && first !== '..') return;
    this.wait(first === '..' || first === '' ? this.root : join(this.root, first));
  }

  private wait(place: string): void {
    clearTimeout(this.settling.get(place));
    this.settling.set(
      place,
      setTimeout(() => this.settled(place), this.settleMs),
    );
  }

  private settled(place: string): void {
    this.settling.delete(place);
    this.arm();
    this.changed(place);
  }
}

/** The nearest folder above that is there. */
const nearest = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearest(dirname(path)));
