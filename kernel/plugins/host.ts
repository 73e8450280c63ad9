import { Container, ContainerModule } from 'inversify';
import type { Clock } from '../contracts/clock.js';
import { PluginList } from '../contracts/host.js';
import { Logger } from '../contracts/logger.js';
import { KernelError, messageOf } from '../errors.js';
import type { PluginStatus } from '../wire/index.js';
import { definitionsFrom, type Lifecycle, type PluginDefinition } from './definition.js';
import { type Id, idText, isSlot, type Provided } from './ids.js';
import { within } from './limit.js';
import { planOf } from './plan.js';

/** A place plugins may come from. */
export interface Candidate {
  /** Folder or file, as people should see it. */
  source: string;
  /** Imports it; answers its default export. */
  load(): Promise<unknown>;
}

export interface HostOptions {
  clock: Clock;
  logger: Logger;
  /** What the composition root itself provides. */
  given: ReadonlyMap<symbol, unknown>;
  /** Service id to plugin id, where two plugins provide the same. */
  prefer?: Readonly<Record<string, string>>;
  /** Milliseconds for importing, building and starting one plugin. */
  startLimitMs?: number;
}

interface Loaded extends PluginDefinition {
  source: string;
  loadMs: number;
}
interface Running {
  plugin: Loaded;
  instance: Lifecycle;
  module: ContainerModule;
  /** As shown in `status()`. */
  shown: PluginStatus;
}

/**
 * Hosts plugins on one inversify container: each is one module of bindings, a service id stands for its one provider,
 * a slot id for a live list. What is broken is collected with its reason; the rest runs.
 */
export class PluginHost implements PluginList {
  private readonly container = new Container({ defaultScope: 'Singleton' });
  private readonly slots = new Map<symbol, unknown[]>();
  private readonly running: Running[] = [];
  private states: PluginStatus[] = [];
  private readonly given: ReadonlyMap<symbol, unknown>;
  private adding = Promise.resolve();
  private stopping = false;

  constructor(private readonly options: HostOptions) {
    this.given = new Map([...options.given, [PluginList, this]]);
    for (const [id, value] of this.given) this.container.bind(id).toConstantValue(value);
  }

  status(): PluginStatus[] {
    return this.states.map((state) => ({ ...state }));
  }

  /** What a plugin that needs this id would be handed; for the composition root only. */
  get<I extends Id<never> | Id<unknown>>(id: I): Provided<I> {
    if (isSlot(id)) return this.slot(id) as Provided<I>;
    if (!this.container.isBound(id)) throw new KernelError('need-missing', `no running plugin provides ${idText(id)}`);
    return this.container.get<Provided<I>>(id);
  }

  /**
   * Loads these plugins and starts, in the order of their needs, each that can be; what runs already stays. Waves are
   * added one after another. Never throws.
   */
  add(candidates: readonly Candidate[]): Promise<void> {
    this.adding = this.adding.then(() => this.addWave(candidates));
    return this.adding;
  }

  /** Stops everything, last started first, once what is just starting has; nothing starts any more. Never throws. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.adding;
    for (const each of this.running.splice(0).reverse()) await this.stopOne(each);
  }

  private async addWave(candidates: readonly Candidate[]): Promise<void> {
    if (this.stopping) return;
    this.states = this.states.filter(({ state, source }) => state === 'active' || candidates.every((each) => each.source !== source));
    const loaded = (await Promise.all(candidates.map((each) => this.load(each)))).flat();
    const there = new Map([...this.given.keys()].map((id) => [idText(id), 'dispatch']));
    for (const { plugin } of this.running) for (const id of plugin.provides) there.set(id, plugin.id);
    const active = this.running.map(({ plugin }) => ({ ...plugin, provides: [], needs: [] }));
    const plan = planOf([...active, ...loaded], there, this.options.prefer);
    for (const plugin of plan.order) if (loaded.includes(plugin) && !this.stopping) await this.start(plugin);
    for (const [plugin, { reason }] of plan.refused) this.fail(shown(plugin), reason);
  }

  private async stopOne(running: Running): Promise<void> {
    const name = `plugin "${running.plugin.id}"`;
    try {
      await within(this.options.clock, stopLimitMs, `stop() of ${name}`, () => running.instance.stop?.());
    } catch (thrown) {
      this.options.logger.error(`${name} did not stop cleanly: ${messageOf(thrown)}`);
    }
    await this.withdraw(running);
    running.shown.state = 'stopped';
  }

  private async load({ source, load }: Candidate): Promise<Loaded[]> {
    const { clock, startLimitMs = defaultStartLimitMs } = this.options;
    const began = clock.elapsed();
    try {
      const exported = await within(clock, startLimitMs, `importing ${source}`, load);
      const loadMs = clock.elapsed() - began;
      return definitionsFrom(exported, source).map((definition) => ({ ...definition, source, loadMs }));
    } catch (thrown) {
      const id = source.split(/[\\/]/).findLast((part) => part !== '') ?? source;
      this.fail({ id, provides: [], needs: [], source }, `it could not be loaded: ${messageOf(thrown)}`);
      return [];
    }
  }

  private async start(plugin: Loaded): Promise<void> {
    const { clock, startLimitMs = defaultStartLimitMs } = this.options;
    const began = clock.elapsed();
    const running: Running = { plugin, instance: {}, module: this.bindings(plugin), shown: { ...shown(plugin), state: 'active' } };
    try {
      this.demand(plugin.needs);
      this.container.load(running.module);
      await within(clock, startLimitMs, `start() of plugin "${plugin.id}"`, async (signal) => {
        running.instance = await this.container.getAsync<Lifecycle>(keyOf(plugin));
        if (Object(running.instance) !== running.instance) throw new KernelError('plugin-start-failed', 'its create() answered no object');
        if (!signal.aborted) await running.instance.start?.(signal);
      });
      for (const id of plugin.provides.map(Symbol.for)) if (isSlot(id)) this.slot(id).push(running.instance);
      this.running.push(running);
      running.shown.loadMs = Math.round(plugin.loadMs + clock.elapsed() - began);
      this.states.push(running.shown);
    } catch (thrown) {
      await this.withdraw(running);
      this.fail(shown(plugin), `it did not start: ${messageOf(thrown)}`);
    }
  }

  /** What the plan promised may have failed to start since. */
  private demand(needs: readonly string[]): void {
    const lacking = needs.find((id) => !id.endsWith('[]') && !this.container.isBound(Symbol.for(id)));
    if (lacking === undefined) return;
    const provider = this.states.find(({ state, provides }) => state === 'failed' && provides.includes(lacking));
    throw new KernelError('need-failed', `it needs ${lacking}, and "${provider?.id}", which provides it, did not start`);
  }

  /** One module a plugin: itself under a key of its own, and each service it provides pointing there. */
  private bindings(plugin: PluginDefinition): ContainerModule {
    const needs = plugin.needs.map(Symbol.for);
    for (const id of needs) if (isSlot(id)) this.slot(id);
    /** Each plugin gets a logger that names it. */
    const handed = (value: unknown, i: number) => (needs[i] === Logger ? (value as Logger).child({ plugin: plugin.id }) : value);
    return new ContainerModule(({ bind }) => {
      bind(keyOf(plugin)).toResolvedValue((...values: unknown[]) => plugin.build(...values.map(handed)), needs);
      for (const id of plugin.provides.map(Symbol.for)) if (!isSlot(id)) bind(id).toService(keyOf(plugin));
    });
  }

  /** The one live list of a slot, made and bound when first asked for. */
  private slot(id: symbol): unknown[] {
    const list = this.slots.get(id) ?? [];
    if (!this.slots.has(id)) this.container.bind(id).toConstantValue(list);
    this.slots.set(id, list);
    return list;
  }

  private async withdraw({ plugin, instance, module }: Running): Promise<void> {
    for (const list of this.slots.values()) if (list.includes(instance)) list.splice(list.indexOf(instance), 1);
    if (this.container.isBound(keyOf(plugin))) await this.container.unloadAsync(module);
  }

  private fail(status: Omit<PluginStatus, 'state'>, reason: string): void {
    this.states.push({ ...status, state: 'failed', reason });
    this.options.logger.error(`plugin "${status.id}" (${status.source}) is not running: ${reason}`);
  }
}

const defaultStartLimitMs = 10_000;
const stopLimitMs = 5_000;

const shown = ({ id, version, critical, provides, needs, source }: Loaded) => ({ id, version, critical, provides, needs, source });

const keyOf = ({ id }: { id: string }): symbol => Symbol.for(`dispatch.plugin:${id}`);
