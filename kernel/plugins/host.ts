import { PluginList } from '../contracts/host.js';
import { KernelError, messageOf } from '../errors.js';
import type { PluginStatus } from '../wire/index.js';
import { type Candidate, type Limits, type Loaded, load, shownOf } from './candidate.js';
import { Generation } from './generation.js';
import type { Id, Provided } from './ids.js';
import { Places } from './places.js';

export interface HostOptions extends Limits {
  /** What the composition root itself provides. */
  given: ReadonlyMap<symbol, unknown>;
  /** Service id to plugin id, where two plugins provide the same. */
  prefer?: Readonly<Record<string, string>>;
  /** Resolves once nothing that began before can use what has left, or the signal aborts; only then that is stopped. */
  idle?(signal: AbortSignal): Promise<void>;
}

/** Hosts plugins: starts, renews and stops them. What is broken is collected with its reason; the rest runs. */
export class PluginHost implements PluginList {
  private readonly places: Places;
  /** What does not run, and why. */
  private outside: PluginStatus[] = [];
  /** Loaded, but without something they need. */
  private waiting: Loaded[] = [];
  /** Old generations on their way out. */
  private readonly leaving = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private queue: Promise<unknown> = Promise.resolve();
  private ranks = 0;

  constructor(private readonly options: HostOptions) {
    this.places = new Places(new Map<symbol, unknown>([[PluginList, this], ...options.given]));
  }

  /** What runs in the order it was planned, then what does not. */
  status(): PluginStatus[] {
    const running = this.places.running.toSorted((a, b) => a.place - b.place).map(({ shown }) => shown);
    return [...running, ...this.outside].map((each) => ({ ...each }));
  }

  /** What a plugin that needs this id would be handed; for the composition root only. */
  get<I extends Id<never> | Id<unknown>>(id: I): Provided<I> {
    return this.places.get(id);
  }

  /**
   * Loads these plugins and starts each that can be, as soon as what it needs has started; what runs already stays.
   * Waves are added one after another. Never throws.
   */
  add(candidates: readonly Candidate[]): Promise<void> {
    return this.inTurn(async () => {
      if (this.stopping.signal.aborted) return;
      for (const { source } of candidates) this.forget(source);
      const loaded = await Promise.all(candidates.map((each) => load(each, this.options).catch((thrown) => this.cannotLoad(each, thrown))));
      this.waiting.push(...loaded.flat());
      await this.settle();
    });
  }

  /**
   * Puts a newer generation, once it has started, in the place of what runs from its source; whatever needs its
   * services is started anew with it, and what has the same `build` is left alone. Answers why not, and then everything
   * is as it was. Never throws.
   */
  replace(candidate: Candidate): Promise<string | undefined> {
    return this.inTurn(async () => {
      try {
        return await this.swap(candidate.source, await load(candidate, this.options));
      } catch (thrown) {
        return `it could not be loaded: ${messageOf(thrown)}`;
      }
    });
  }

  /** Takes out what came from a source; what needs its services waits for others. Answers why not. Never throws. */
  remove(source: string): Promise<string | undefined> {
    return this.inTurn(() => this.swap(source, []));
  }

  /** Stops everything, last started first, once what is just starting has; nothing starts any more. Never throws. */
  stop(): Promise<void> {
    this.stopping.abort();
    return this.inTurn(async () => {
      await Promise.all(this.leaving);
      for (const each of this.places.running.toReversed()) {
        await each.stop();
        this.places.exchange([each], []);
        this.outside.unshift({ ...each.shown, state: 'stopped' });
      }
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.queue.then(work);
    this.queue = done.catch(() => undefined);
    return done;
  }

  private cannotLoad({ source }: Candidate, thrown: unknown): [] {
    const id = source.split(/[\\/]/).findLast((part) => part !== '') ?? source;
    this.fail({ id, provides: [], needs: [], source }, `it could not be loaded: ${messageOf(thrown)}`);
    return [];
  }

  /** Forgets whatever came from a source and does not run. */
  private forget(source: string): void {
    this.outside = this.outside.filter((each) => each.source !== source);
    this.waiting = this.waiting.filter((each) => each.source !== source);
  }

  /** Starts whatever waits and can be started. */
  private async settle(): Promise<void> {
    const { order, refused } = this.places.plan(this.waiting, [], this.options.prefer);
    /** By what they provide: who needs it waits for them. */
    const starts = new Map<string, Promise<void>[]>();
    const all = order.flatMap((plugin) => {
      if (!this.waiting.includes(plugin)) return [];
      const next = new Generation(plugin, this.options, this.ranks++);
      const started = Promise.all(plugin.needs.flatMap((id) => starts.get(id) ?? [])).then(() => this.begin(next));
      // a list grows while it is read: nobody waits for what comes from outside to be in one
      const awaited = plugin.provides.filter((id) => !plugin.dropped || !id.endsWith('[]'));
      for (const id of awaited) starts.set(id, [...(starts.get(id) ?? []), started]);
      return started;
    });
    await Promise.all(all);
    for (const [plugin, { reason }] of refused) this.fail(shownOf(plugin), reason);
  }

  private async begin(next: Generation): Promise<void> {
    const { plugin } = next;
    if (this.stopping.signal.aborted) return;
    this.waiting = this.waiting.filter((each) => each !== plugin);
    try {
      this.demand(plugin.needs);
      await this.places.start(next);
      this.places.exchange([], [next]);
      this.outside = this.outside.filter(({ id, source }) => id !== plugin.id || source !== plugin.source);
    } catch (thrown) {
      this.fail(shownOf(plugin), `it did not start: ${messageOf(thrown)}`);
    }
  }

  /** Tries a source anew beside what runs; answers why it stays outside. */
  private async swap(source: string, fresh: readonly Loaded[]): Promise<string | undefined> {
    if (this.stopping.signal.aborted) return 'the server is stopping';
    const group = this.places.withDependents((each) => each.source === source && fresh.every(({ build }) => build !== each.build));
    const kept = this.places.running.flatMap((each) => (group.includes(each) ? [] : [each.plugin.build]));
    const others = group.map(({ plugin }) => plugin).filter((each) => each.source !== source);
    const wanted = [...fresh.filter(({ build }) => !kept.includes(build)), ...others];
    const plan = this.places.plan(wanted, group, this.options.prefer);
    const before = ({ id }: Loaded) => group.find(({ plugin }) => plugin.id === id);
    const lost = fresh.find((each) => plan.refused.has(each) && before(each));
    // what the server itself stands on is not taken from under it
    const pillar = group.find(({ plugin }) => plugin.critical && !plugin.dropped)?.plugin.id;
    if (pillar) return `"${pillar}" would have to stop for it, and the server does not run without that: restart the server`;
    if (lost) return plan.refused.get(lost)?.reason;
    const next: Generation[] = [];
    const order = plan.order.filter((each) => wanted.includes(each));
    try {
      for (const plugin of order)
        next.push(await this.places.start(new Generation(plugin, this.options, this.ranks++, before(plugin)), next));
    } catch (thrown) {
      for (const each of next.toReversed()) await each.stop();
      return `"${order[next.length]?.id}" did not start: ${messageOf(thrown)}`;
    }
    this.places.exchange(group, next);
    this.retire(group);
    this.forget(source);
    this.waiting.push(...wanted.filter((each) => !order.includes(each)));
    await this.settle();
    return undefined;
  }

  /** Stops what has left, once nothing that began before can use it. */
  private retire(group: readonly Generation[]): void {
    const stop = async () => {
      await this.options.idle?.(this.stopping.signal);
      for (const each of group.toReversed()) await each.stop();
    };
    const done = stop().finally(() => this.leaving.delete(done));
    this.leaving.add(done);
  }

  /** What the plan promised may have failed to start since. */
  private demand(needs: readonly string[]): void {
    const lacking = needs.find((id) => !id.endsWith('[]') && !this.places.has(id));
    if (lacking === undefined) return;
    const provider = this.outside.find(({ state, provides }) => state === 'failed' && provides.includes(lacking));
    throw new KernelError('need-failed', `it needs ${lacking}, and "${provider?.id}", which provides it, did not start`);
  }

  /** Says so once. */
  private fail(shown: Omit<PluginStatus, 'state'>, reason: string): void {
    const old = this.outside.find(({ id, source }) => id === shown.id && source === shown.source);
    this.outside = [...this.outside.filter((each) => each !== old), { ...shown, state: 'failed', reason }];
    if (old?.reason !== reason) this.options.logger.error(`plugin "${shown.id}" (${shown.source}) is not running: ${reason}`);
  }
}
