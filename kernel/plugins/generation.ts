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

  /** Builds and starts it with what `find` finds for its needs. Answers itself. */
  async start(find: (id: symbol) => unknown): Promise<this> {
    const { clock, startLimitMs = defaultStartLimitMs } = this.limits;
    const { id, needs, loadMs, build } = this.plugin;
    const began = clock.elapsed();
    /** Each plugin gets a logger that names it. */
    const handed = (need: symbol) => (need === Logger ? (find(need) as Logger).child({ plugin: id }) : find(need));
    const work = async (signal: AbortSignal) => {
      this.instance = (await build(...needs.map(Symbol.for).map(handed))) as Lifecycle;
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
