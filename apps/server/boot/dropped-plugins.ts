import { existsSync } from 'node:fs';
import { type Clock, type Config, type Logger, type Manifest, messageOf } from 'dispatch/kernel';
import { readManifest } from '../../plugin-packages/index.js';
import type { CrashCount } from './faults/crash-count.js';
import type { PluginManager } from './plugin-manager.js';
import { type PluginPlace, placesIn } from './plugin-place.js';
import { PluginSource } from './plugin-source.js';
import { RootWatch } from './root-watch.js';

/** A folder that may hold plugins. */
export interface PluginRoot {
  path: string;
  /** Whether somebody named it, so that it has to be there. */
  named: boolean;
}

interface Options {
  clock: Clock;
  config: Config;
  logger: Logger;
  roots: readonly PluginRoot[];
  crashes: CrashCount;
}

/** So often in so many milliseconds a place may change; then it is given time. */
const mostChanges = 8;
const changesMs = 10_000;

/** Keeps the plugins that came from outside as their folders are. */
export class DroppedPlugins {
  private readonly watches: RootWatch[] = [];
  private readonly changes = new Map<string, number[]>();
  /** Places that have changed too often. */
  private readonly paused = new Set<string>();
  private readonly stopping = new AbortController();
  private careful = false;
  /** Whether this start was counted: it is then that of a server which has its data folder for itself. */
  private counted = false;
  private safety: { held: PluginSource['held'] } | undefined;

  constructor(
    private readonly manager: PluginManager,
    private readonly options: Options,
  ) {}

  /** Those there are now; none where the server had better run without. */
  find(): PluginSource[] {
    const found = this.options.roots.flatMap((root) => this.placesOf(root)).flatMap((place) => this.take(place) ?? []);
    const held = found.length > 0 ? this.whySafe() : undefined;
    if (held === undefined) return found;
    this.careful = true;
    for (const source of found) {
      source.held = held;
      source.declared = declaredBy(source);
    }
    this.options.logger.warn(`${found.length} plugins are left out: ${held.reason}`);
    return [];
  }

  /** From now on what changes there changes here. */
  watch(): void {
    const { config, logger, roots } = this.options;
    if (this.careful || this.stopping.signal.aborted || !config.flag('plugins.watch')) return;
    for (const root of roots) {
      const watch: RootWatch = new RootWatch(root.path, {
        settleMs: config.number('plugins.settleMs'),
        changed: () => this.sync(root, watch),
        blind: (thrown) => logger.warn(`${root.path} is looked at once a second, since it cannot be watched: ${messageOf(thrown)}`),
      });
      this.watches.push(watch);
      this.sync(root, watch); // what has changed since it was found
    }
  }

  /** The server ends as it should. */
  stop(): void {
    this.stopping.abort();
    for (const watch of this.watches) watch.end();
    if (this.counted) this.options.crashes.ended();
  }

  /** Why nothing from outside runs this time; asked for where there is something. */
  whySafe(): PluginSource['held'] {
    this.safety ??= { held: this.judged() };
    return this.safety.held;
  }

  private judged(): PluginSource['held'] {
    if (this.options.config.flag('plugins.safe')) return { state: 'disabled', reason: `${safe} because it was told to` };
    this.counted = true;
    if (!this.options.crashes.started()) return undefined;
    // its owner did not ask for it: what a critical plugin guards stays refused
    return { state: 'failed', reason: `${safe} because it has crashed three times within a minute; start it again in a minute` };
  }

  private placesOf({ path, named }: PluginRoot): PluginPlace[] {
    if (existsSync(path) || !named) return placesIn(path);
    const problem = 'there is no such folder; correct DISPATCH_PLUGINS or plugins.folders';
    return [{ source: path, root: path, print: missing, changedAt: 0, entry: { problem } }];
  }

  /** Undefined for one that another root has shown already. */
  private take(place: PluginPlace): PluginSource | undefined {
    if (this.manager.sources.has(place.source)) return undefined;
    const source = new PluginSource(place.source, place);
    this.manager.sources.set(place.source, source);
    return source;
  }

  private sync(root: PluginRoot, watch: RootWatch): void {
    const places = new Map(placesIn(root.path).map((place) => [place.source, place]));
    const isThere = existsSync(root.path);
    for (const source of this.manager.sources.values()) {
      if (source.place?.root !== root.path || places.has(source.name) || watch.isBusy(source.name) || source.gone) continue;
      if (source.place.print === missing && !isThere) continue;
      source.gone = true;
      void this.manager.remove(source);
    }
    for (const place of places.values()) {
      const isFresh = watch.looks && this.options.clock.now() - place.changedAt < this.options.config.number('plugins.settleMs');
      if (!isFresh && !watch.isBusy(place.source)) this.update(place, () => this.sync(root, watch));
    }
  }

  private update(place: PluginPlace, again: () => void): void {
    const known = this.manager.sources.get(place.source);
    if (known && (!known.place || known.place.root !== place.root || (known.place.print === place.print && !known.gone))) return;
    if (this.paused.has(place.source)) return;
    if (!this.mayChange(place.source)) return void this.later(place.source, again);
    const source = known ?? this.take(place);
    if (!source) return;
    source.gone = false;
    source.place = place;
    void this.manager.renew(source);
  }

  private mayChange(source: string): boolean {
    const now = this.options.clock.elapsed();
    const recent = (this.changes.get(source) ?? []).filter((at) => now - at < changesMs);
    if (recent.length >= mostChanges) return false;
    this.changes.set(source, [...recent, now]);
    return true;
  }

  /** A plugin that writes into its own folder would else be loaded for ever. */
  private async later(source: string, again: () => void): Promise<void> {
    this.manager.faults.fault(source, 'its folder', `it changed more than ${mostChanges} times within ${changesMs / 1000} s`, true);
    this.paused.add(source);
    await this.options.clock.sleep(changesMs, this.stopping.signal);
    this.paused.delete(source);
    if (!this.stopping.signal.aborted) again();
  }
}

/** Stands for the state of what is not there. */
const missing = 'missing';
const safe = 'the server runs in safe mode, with its own plugins only,';

/** What a plugin says of itself; nothing of it is run. */
function declaredBy({ name, place }: PluginSource): Manifest | undefined {
  try {
    return place && 'file' in place.entry ? readManifest(name, place.entry.file) : undefined;
  } catch {
    return undefined; // it would not have run anyway
  }
}
