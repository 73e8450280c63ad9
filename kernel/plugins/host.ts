import { Container, ContainerModule } from 'inversify';
import type { Clock } from '../contracts/clock.js';
import { PluginList } from '../contracts/host.js';
import { Logger } from '../contracts/logger.js';
import { KernelError, messageOf } from '../errors.js';
import type { PluginStatus } from '../wire/index.js';
import { definitionsFrom, type Lifecycle, type PluginDefinition } from './definition.js';
import { type Id, idText, isSlot, type Service } from './ids.js';
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
  /** Milliseconds for stopping one plugin. */
  stopLimitMs?: number;
}

interface Loaded {
  definition: PluginDefinition;
  source: string;
  loadMs: number;
}
interface Running extends Loaded {
  instance: Lifecycle;
  module: ContainerModule;
}

/**
 * Hosts plugins on one inversify container: each is one module of bindings, a service id stands for its one provider,
 * a slot id for a live list. What is broken is collected with its reason; the rest runs.
 */
export class PluginHost implements PluginList {
  private readonly container = new Container({ defaultScope: 'Singleton' });
  private readonly slots = new Map<symbol, unknown[]>();
  private readonly running: Running[] = [];
  private readonly states: PluginStatus[] = [];
  private readonly startLimit: number;
  private readonly stopLimit: number;

  constructor(private readonly options: HostOptions) {
    this.startLimit = options.startLimitMs ?? 10_000;
    this.stopLimit = options.stopLimitMs ?? 5_000;
    for (const [id, value] of options.given) this.container.bind(id).toConstantValue(value);
    this.container.bind(PluginList).toConstantValue(this);
  }

  status(): PluginStatus[] {
    return this.states.map((state) => ({ ...state }));
  }

  /** What provides this service; for the composition root only. */
  get<T>(id: Service<T>): T {
    return this.container.get<T>(id);
  }

  /** Loads these plugins and starts, in the order of their needs, each that can be. Never throws. */
  async add(candidates: readonly Candidate[]): Promise<void> {
    const loaded = (await Promise.all(candidates.map((each) => this.load(each)))).flat();
    const active = this.running.map(({ definition, source }) => ({ definition, source, loadMs: 0 }));
    const all = [...active, ...loaded];
    const given = new Map([...this.options.given.keys(), PluginList as symbol].map((id) => [idText(id), 'dispatch']));
    const plan = planOf(
      all.map(({ definition: { id, provides, needs }, source }) => ({
        id,
        source,
        provides: provides.map(idText),
        needs: needs.map(idText),
      })),
      given,
      this.options.prefer,
    );
    for (const index of plan.order) if (index >= active.length) await this.start(all[index] as Loaded);
    for (const [index, { reason }] of plan.refused) if (index >= active.length) this.fail(all[index] as Loaded, reason);
  }

  /** Stops everything, last started first. Never throws. */
  async stop(): Promise<void> {
    for (const plugin of this.running.splice(0).reverse()) {
      const { id } = plugin.definition;
      try {
        await within(this.options.clock, this.stopLimit, `stop() of plugin "${id}"`, () => plugin.instance.stop?.());
      } catch (thrown) {
        this.options.logger.error(`plugin "${id}" did not stop cleanly: ${messageOf(thrown)}`);
      }
      await this.withdraw(plugin);
      const state = this.states.find((each) => each.id === id && each.state === 'active');
      if (state) state.state = 'stopped';
    }
  }

  private async load({ source, load }: Candidate): Promise<Loaded[]> {
    const began = this.options.clock.elapsed();
    try {
      const exported = await within(this.options.clock, this.startLimit, `importing ${source}`, load);
      const loadMs = this.options.clock.elapsed() - began;
      return definitionsFrom(exported, source).map((definition) => ({ definition, source, loadMs }));
    } catch (thrown) {
      this.report({
        id: source.split(/[\\/]/).findLast((part) => part !== '') ?? source,
        state: 'failed',
        reason: `it could not be loaded: ${messageOf(thrown)}`,
        provides: [],
        needs: [],
        source,
      });
      return [];
    }
  }

  private async start(plugin: Loaded): Promise<void> {
    const { definition } = plugin;
    const began = this.options.clock.elapsed();
    const module = this.bindings(definition);
    let instance: Lifecycle | undefined;
    try {
      const lacking = definition.needs.find((id) => !isSlot(id) && !this.container.isBound(id));
      if (lacking) throw new KernelError('need-failed', `it needs ${idText(lacking)}, and what provides that did not start`);
      this.container.load(module);
      await within(this.options.clock, this.startLimit, `start() of plugin "${definition.id}"`, async (signal) => {
        instance = await this.container.getAsync<Lifecycle>(keyOf(definition));
        await instance.start?.(signal);
      });
      for (const id of definition.provides) if (isSlot(id)) this.slot(id).push(instance);
      this.running.push({ ...plugin, instance: instance as unknown as Lifecycle, module });
      this.report({
        ...this.shown(plugin),
        state: 'active',
        loadMs: Math.round(plugin.loadMs + this.options.clock.elapsed() - began),
      });
    } catch (thrown) {
      if (this.container.isBound(keyOf(definition))) await this.withdraw({ ...plugin, instance: instance ?? {}, module });
      this.fail(plugin, `it did not start: ${messageOf(thrown)}`);
    }
  }

  /** One module a plugin: itself under a key of its own, and each service it provides pointing there. */
  private bindings(definition: PluginDefinition): ContainerModule {
    return new ContainerModule(({ bind }) => {
      const build = definition.build as (...needs: unknown[]) => unknown;
      for (const id of definition.needs) if (isSlot(id)) this.slot(id);
      const needs = definition.needs as Id<unknown>[];
      bind(keyOf(definition)).toResolvedValue(
        (...values: unknown[]) => build(...values.map((value, i) => this.handed(needs[i] as symbol, value, definition.id))),
        needs,
      );
      for (const id of definition.provides) if (!isSlot(id)) bind(id).toService(keyOf(definition));
    });
  }

  /** Each plugin gets a logger that names it. */
  private handed(id: symbol, value: unknown, plugin: string): unknown {
    return id === Logger ? (value as Logger).child({ plugin }) : value;
  }

  /** The one live list of a slot, made and bound when first asked for. */
  private slot(id: symbol): unknown[] {
    let list = this.slots.get(id);
    if (!list) {
      list = [];
      this.slots.set(id, list);
      this.container.bind(id).toConstantValue(list);
    }
    return list;
  }

  private async withdraw({ definition, instance, module }: Running): Promise<void> {
    for (const id of definition.provides) {
      const list = this.slots.get(id);
      if (list?.includes(instance)) list.splice(list.indexOf(instance), 1);
    }
    await this.container.unloadAsync(module);
  }

  private shown({ definition, source }: Loaded): Omit<PluginStatus, 'state'> {
    const { id, version, provides, needs } = definition;
    return { id, version, provides: provides.map(idText), needs: needs.map(idText), source };
  }

  private fail(plugin: Loaded, reason: string): void {
    this.report({ ...this.shown(plugin), state: 'failed', reason });
  }

  private report(status: PluginStatus): void {
    this.states.push(status);
    if (status.state === 'failed') this.options.logger.error(`plugin "${status.id}" (${status.source}) is not running: ${status.reason}`);
  }
}

const keyOf = (definition: PluginDefinition): symbol => Symbol.for(`dispatch.plugin:${definition.id}`);
