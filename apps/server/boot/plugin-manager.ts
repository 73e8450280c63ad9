import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Candidate,
  type Clock,
  type Config,
  definitionsFrom,
  type Logger,
  type Manifest,
  messageOf,
  type PluginDefinition,
  PluginHost,
  PluginList,
  Secrets,
  type Slot,
} from 'dispatch/kernel';
import type { PluginSettingsFiles } from '../../../config/index.js';
import { PluginControl, WorkInProgress } from '../../../plugins/plugin-manager/contract.js';
import { PluginSettings } from '../../../plugins/plugin-settings/contract.js';
import { ProjectPlugins } from '../../../plugins/project-plugins/contract.js';
import { bundledPlugins } from './discover.js';
import { allowDroppedCode } from './dropped-code.js';
import { FaultDesk } from './faults/fault-desk.js';
import type { FaultLedger } from './faults/fault-ledger.js';
import { inProject } from './in-project.js';
import { loadPlugin } from './load-plugin.js';
import { PluginSource } from './plugin-source.js';
import { PluginSwitch, type Switched } from './plugin-switch.js';
import { PluginView } from './plugin-view.js';
import { ProjectLoader } from './project-loader.js';
import { SettingsDesk } from './settings/settings-desk.js';

export interface ManagerOptions {
  clock: Clock;
  config: Config;
  logger: Logger;
  /** What the composition root itself provides. */
  given: ReadonlyMap<symbol, unknown>;
  /** The folder of the build. */
  build: URL;
  /** Of this server. */
  version: string;
  /** Where plugins' settings are read from, and kept. */
  settingsFiles: PluginSettingsFiles;
}

/** What is imported within so many milliseconds at the start is started together, in the order of needs. */
const soonMs = 500;

/** Decides which plugins run, and in which generation. The host does it; what is known besides is kept here. */
export class PluginManager implements Switched {
  readonly host: PluginHost;
  readonly faults: FaultDesk;
  /** By folder or file. */
  readonly sources = new Map<string, PluginSource>();
  readonly view: PluginView;
  readonly ledger: FaultLedger;
  readonly projects: ProjectLoader;
  private readonly settings: SettingsDesk;
  private readonly control: PluginSwitch;
  private loads = 0;

  constructor(private readonly options: ManagerOptions) {
    const { clock, config, logger, given } = options;
    const secrets = given.get(Secrets) as Secrets;
    this.faults = new FaultDesk({
      clock,
      logger,
      limits: { toolMs: config.number('plugins.toolLimitMs'), filterMs: config.number('plugins.filterLimitMs') },
      filling: (slot) => this.host.get(slot as Slot<object>),
      sources: () => [...this.sources.values()].flatMap(({ place, name }) => (place ? [name] : [])),
      rest: (source, sentence, ms) => void this.control.rest(source, sentence, ms),
      news: () => this.view.news(),
    });
    this.ledger = this.faults.ledger;
    this.control = new PluginSwitch(this, join(config.text('dataDir'), 'plugins.json'), clock);
    this.view = new PluginView({
      host: () => this.host.status(),
      sources: this.sources,
      ledger: this.ledger,
      isDisabled: (id) => this.control.isDisabled(id),
      mask: (text) => secrets.mask(text),
      complain: (thrown) => logger.error(`a listener for plugins failed: ${messageOf(thrown)}`),
    });
    this.projects = new ProjectLoader(this, { folder: join(config.text('dataDir'), 'projects'), config, logger });
    this.settings = new SettingsDesk({
      files: options.settingsFiles,
      secrets,
      isThere: (source) => this.sources.has(source),
      renew: async (source) => this.renewed(source),
    });
    this.host = new PluginHost({
      clock,
      logger,
      given: new Map<symbol, unknown>([
        ...given,
        [PluginList, this.view],
        [PluginControl, this.control],
        [ProjectPlugins, this.projects],
        [PluginSettings, this.settings],
      ]),
      prefer: config.value('plugins.prefer') as Record<string, string>,
      startLimitMs: config.number('plugins.startLimitMs'),
      idle: (signal) => this.idle(signal),
    });
  }

  /** Starts the server's own plugins, together with those given: they may stand in for some of them. */
  async start(dropped: readonly PluginSource[]): Promise<void> {
    const bundled = bundledPlugins(fileURLToPath(new URL('plugins', this.options.build))).map(({ source, load }) => {
      const made = new PluginSource(source);
      this.sources.set(source, made);
      return this.candidate(made, async () => {
        made.definitions = definitionsFrom(await load(), source).map((each) => this.bundled(each, source));
        return made.definitions;
      });
    });
    await this.host.add([...bundled, ...dropped.map((source) => this.candidate(source, () => this.first(source)))]);
    this.view.tell();
  }

  /** Starts plugins from outside. What takes long to be imported holds up none of the others. */
  async add(dropped: readonly PluginSource[]): Promise<void> {
    const firsts = dropped.map((source) => ({ source, load: this.first(source), done: false }));
    const all = Promise.all(firsts.map((each) => each.load.catch(() => undefined).then(() => (each.done = true))));
    const soon = new AbortController();
    await Promise.race([all, this.options.clock.sleep(soonMs, soon.signal)]);
    soon.abort();
    const late = firsts.filter(({ done }) => !done);
    const wave = firsts.filter(({ done }) => done).map(({ source, load }) => this.candidate(source, () => load));
    const waves = late.map(async ({ source, load }) => {
      const { newest } = source;
      await load.catch(() => undefined);
      if (source.newest === newest) await this.host.add([this.candidate(source, () => load)]);
      this.view.tell();
    });
    await Promise.all([this.host.add(wave).then(() => this.view.tell()), ...waves]);
  }

  /** Brings in what a source holds now. Answers why not; what ran before then runs on. */
  async renew(source: PluginSource): Promise<string | undefined> {
    const generation = this.next(source);
    const loaded: Loaded = await this.load(source, generation).catch((thrown: unknown) => new Error(messageOf(thrown)));
    return source.inTurn(async () => {
      if (source.newest !== generation) return 'its files have changed again meanwhile';
      if (source.held?.state === 'quarantined') source.held = undefined;
      const ran = this.runs(source);
      const refused = loaded instanceof Error && ran ? `it could not be loaded: ${loaded.message}` : await this.apply(source, loaded);
      const kept = ran && refused !== undefined;
      source.note = kept ? `a change is not in use: ${refused}` : undefined;
      if (!kept) source.definitions = loaded instanceof Error ? [] : loaded;
      if (!kept) this.ledger.forget(source.name);
      if (source.note) this.options.logger.warn(`${source.name}: ${source.note}`);
      else if (refused === undefined)
        this.options.logger.info(`the plugin at ${source.name} is in use as its files are now`, { generation });
      this.faults.sweep({ source: source.name, generation });
      this.view.tell();
      return refused;
    });
  }

  /** Its files are gone, and so is it; unless the server stands on it, or they are there again. */
  remove(source: PluginSource): Promise<void> {
    return source.inTurn(async () => {
      if (!source.gone) return;
      const refused = await this.host.remove(source.name);
      source.note = refused && `its files are gone, and it runs on: ${refused}`;
      if (refused === undefined) this.sources.delete(source.name);
      this.ledger.forget(source.name);
      this.options.logger.info(`the plugin at ${source.name} ${refused === undefined ? 'was taken out' : `stays: ${refused}`}`);
      this.view.tell();
    });
  }

  /** Lets these of a source run, and what was disabled or held meanwhile not. Answers why not. */
  async apply(source: PluginSource, loaded: Loaded = source.definitions): Promise<string | undefined> {
    const candidate = this.candidate(source, async () => {
      if (loaded instanceof Error) throw loaded;
      return loaded;
    });
    if (this.runs(source)) return this.host.replace(candidate);
    await this.host.add([candidate]);
    return this.host.status().find((each) => each.source === source.name && each.state === 'failed')?.reason;
  }

  stop(): Promise<void> {
    this.control.stop();
    this.projects.stop();
    return this.host.stop();
  }

  /** Whether a running plugin provides it. */
  provides(id: symbol): boolean {
    return this.host.status().some(({ state, provides }) => state === 'active' && provides.includes(Symbol.keyFor(id) ?? ''));
  }

  sourceOf(its: object): PluginSource | undefined {
    return this.sources.get(this.faults.ownerOf(its)?.source ?? '');
  }

  private async renewed(name: string): Promise<string | undefined> {
    const source = this.sources.get(name);
    return source && (!source.held || source.held.state === 'quarantined') ? this.renew(source) : undefined;
  }

  /** Whether one of the server's own plugins does not run that it does not do without. */
  lacksPillar(): boolean {
    return this.host
      .status()
      .some(({ state, critical, source }) => critical && state === 'failed' && !this.sources.get(source ?? '')?.place);
  }

  private runs({ name }: PluginSource): boolean {
    return this.host.status().some(({ source, state }) => source === name && state === 'active');
  }

  private candidate(source: PluginSource, load: () => Promise<readonly PluginDefinition[]>): Candidate {
    const allowed = ({ id }: PluginDefinition) => !source.held && !this.control.isDisabled(id);
    return { source: source.name, dropped: source.place !== undefined, load: async () => (await load()).filter(allowed) };
  }

  /** What a source that was just found holds. */
  private async first(source: PluginSource): Promise<readonly PluginDefinition[]> {
    const generation = this.next(source);
    const definitions = await this.load(source, generation);
    if (source.newest === generation) source.definitions = definitions;
    return definitions;
  }

  /** One of the server's own. What is wrong with its settings keeps it from starting. */
  private bundled(definition: PluginDefinition, source: string): PluginDefinition {
    const { settings } = definition;
    if (settings === undefined) return this.faults.bundled(definition, source);
    const handing = this.settings.handing(definition, source);
    const build = async (...needs: unknown[]) => {
      const problem = await this.settings.prepare(definition, source);
      if (problem !== undefined) throw new Error(problem);
      return handing.build(...needs);
    };
    return this.faults.bundled({ ...definition, build }, source);
  }

  private next(source: PluginSource): number {
    source.newest = ++this.loads;
    return source.newest;
  }

  private async load(source: PluginSource, generation: number): Promise<readonly PluginDefinition[]> {
    const { build, ...kit } = this.options;
    if (!source.place) return source.definitions.map((each) => ({ ...each, build: (...needs) => each.build(...needs) }));
    allowDroppedCode(build);
    this.faults.watch();
    const declared = (manifest: Manifest | undefined) => {
      source.declared = manifest;
    };
    const settings = (manifest: Manifest) => this.settings.prepare(manifest, source.name);
    const began = kit.clock.elapsed();
    const loaded = await loadPlugin(source.place, generation, { ...kit, declared, settings });
    const definitions = loaded.map((each) => (source.project === undefined ? each : inProject(each, source.project)));
    source.importMs = Math.round(kit.clock.elapsed() - began);
    return definitions.map((each) => this.faults.dropped(this.settings.handing(each, source.name), source.name, generation));
  }

  /** Resolves when no turn and no call that has begun by now can use what has left the slots. */
  private async idle(signal: AbortSignal): Promise<void> {
    const { clock, config } = this.options;
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    const turns = this.provides(WorkInProgress) ? this.host.get(WorkInProgress).over(until) : undefined;
    await Promise.race([Promise.all([turns, this.faults.idle()]), clock.sleep(config.number('plugins.drainMs'), until)]);
    over.abort();
  }
}

type Loaded = readonly PluginDefinition[] | Error;
