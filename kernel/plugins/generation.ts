import type { Container } from 'inversify';
import { Logger } from '../contracts/logger.js';
import { KernelError, messageOf } from '../errors.js';
import type { PluginStatus } from '../wire/index.js';
import { defaultStartLimitMs, type Limits, type Loaded, shownOf } from './candidate.js';
import type { Lifecycle } from './definition.js';
import { isSlot } from './ids.js';
import { within } from './limit.js';

/** One start of a plugin: built, started, stopped. */
export class Generation {
  instance: Lifecycle = {};
  readonly shown: PluginStatus;
  readonly slots: readonly symbol[];
  readonly services: readonly symbol[];
  private readonly life = new AbortController();

  /**
   * @param rank what starts later has a higher one
   * @param place in lists; a newer generation has that of the one before it
   */
  constructor(
    readonly plugin: Loaded,
    private readonly limits: Limits,
    readonly rank: number,
    before?: Generation,
    readonly place: number = before?.place ?? rank,
  ) {
    this.shown = { ...shownOf(plugin), state: 'active', ...(before && { generation: (before.shown.generation ?? 1) + 1 }) };
    const ids = plugin.provides.map(Symbol.for);
    this.slots = ids.filter(isSlot);
    this.services = ids.filter((id) => !isSlot(id));
  }

  /** Has the container build it from what is bound to its needs, and starts it. Answers itself. */
  async start(container: Container): Promise<this> {
    const { clock, startLimitMs = defaultStartLimitMs } = this.limits;
    const { id, loadMs, build } = this.plugin;
    const needs = this.plugin.needs.map(Symbol.for);
    const began = clock.elapsed();
    /** Each plugin gets a logger that names it. */
    const handed = (value: unknown, i: number) => (needs[i] === Logger ? (value as Logger).child({ plugin: id }) : value);
    const own = Symbol(id);
    const work = async (signal: AbortSignal) => {
      container.bind(own).toResolvedValue((...values: unknown[]) => build(...values.map(handed)), needs);
      this.instance = await container.getAsync<Lifecycle>(own).finally(() => container.unbind(own));
      if (Object(this.instance) !== this.instance) throw new KernelError('plugin-start-failed', 'its create() answered no object');
      if (!signal.aborted) await this.instance.start?.(signal);
    };
    await within(clock, startLimitMs, `start() of plugin "${id}"`, work, this.life);
    this.shown.loadMs = Math.round(loadMs + clock.elapsed() - began);
    return this;
  }

  /** Never throws. What it has left running is told to end. */
  async stop(): Promise<void> {
    const { clock, logger } = this.limits;
    const name = `plugin "${this.plugin.id}"`;
    try {
      await within(clock, stopLimitMs, `stop() of ${name}`, () => this.instance.stop?.());
    } catch (thrown) {
      logger.error(`${name} did not stop cleanly: ${messageOf(thrown)}`);
    }
    this.life.abort(null);
  }
}

const stopLimitMs = 5_000;
