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

  constructor(
    readonly plugin: Loaded,
    private readonly limits: Limits,
  ) {
    this.shown = { ...shownOf(plugin), state: 'active' };
    const ids = plugin.provides.map(Symbol.for);
    this.slots = ids.filter(isSlot);
    this.services = ids.filter((id) => !isSlot(id));
  }

  /** What `scope` has bound is handed to it, and its services are bound there. Answers itself. */
  async start(scope: Container): Promise<this> {
    const { clock, startLimitMs = defaultStartLimitMs } = this.limits;
    const { id, loadMs } = this.plugin;
    const needs = this.plugin.needs.map(Symbol.for);
    const own = Symbol(id);
    /** Each plugin gets a logger that names it. */
    const handed = (value: unknown, i: number) => (needs[i] === Logger ? (value as Logger).child({ plugin: id }) : value);
    scope.bind(own).toResolvedValue((...values: unknown[]) => this.plugin.build(...values.map(handed)), needs);
    for (const service of this.services) scope.bind(service).toService(own);
    const began = clock.elapsed();
    const work = async (signal: AbortSignal) => {
      this.instance = await scope.getAsync<Lifecycle>(own);
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
