import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock, Logger, PluginDefinition } from 'dispatch/kernel';
import { type Culprit, culpritIn } from './blame.js';
import { Claims, type Owner } from './claims.js';
import { type Containment, contain } from './contain.js';
import { FaultLedger } from './fault-ledger.js';
import { keepAlive } from './keep-alive.js';
import { LeftBehind } from './left-behind.js';
import { leftOpen, type OpenServers, openServers } from './open-servers.js';
import type { GuardLimits } from './turn-guards.js';

export interface DeskOptions {
  clock: Clock;
  logger: Logger;
  limits: GuardLimits;
  /** What a slot shows just now. */
  filling(slot: symbol): readonly object[];
  /** Sources of dropped plugins. */
  sources(): Iterable<string>;
  /** A source has had one fault too many. */
  rest(source: string, sentence: string, ms: number): void;
  /** Something is known that was not. */
  news(): void;
}

/** Where the faults of plugins come together: each is noted under its source, whichever way it was seen. */
export class FaultDesk {
  readonly ledger: FaultLedger;
  /** Calls of dropped plugins that run just now. */
  private readonly running = new Set<Promise<unknown>>();
  private readonly owners = new WeakMap<object, Owner>();
  private readonly claims: Claims;
  private readonly left = new LeftBehind();
  /** How many starts of each generation are not over, and what the process had open before the first. */
  private readonly begun = new Map<string, { starts: number; open: OpenServers }>();
  private watching = false;

  constructor(private readonly options: DeskOptions) {
    this.ledger = new FaultLedger(() => options.clock.elapsed());
    this.claims = new Claims(options.filling, (its) => this.ownerOf(its));
  }

  /** From now on there is code that did not come with the server. */
  watch(): void {
    if (this.watching) return;
    this.watching = true;
    this.left.watch();
    const blame = (stack: string | undefined) => culpritIn(stack, this.options.sources());
    keepAlive(blame, ({ source }, sentence) => this.fault(source, 'its code', sentence));
  }

  /** A plugin of the server's own: known by name, and trusted. */
  bundled(definition: PluginDefinition, source: string): PluginDefinition {
    return this.owned(definition, source);
  }

  /** A plugin that came from outside. */
  dropped(definition: PluginDefinition, source: string, generation: number): PluginDefinition {
    const { clock, limits } = this.options;
    const containment: Containment = {
      clock,
      limits,
      running: this.running,
      report: (what, why, light) => this.fault(source, what, why, light),
      begin: (id, filled) => this.begin({ source, generation }, { id, source }, filled),
    };
    return this.owned(contain(definition, containment), source);
  }

  /** Who fills a slot with it. */
  ownerOf(its: object): Owner | undefined {
    return this.owners.get(its);
  }

  fault(source: string, what: string, why: string, light = false): void {
    const sentence = `${what}: ${why}`;
    const restMs = this.ledger.note(source, sentence, light);
    const { count = 1 } = this.ledger.of(source) ?? {};
    // the first ones, and then ever fewer
    if ((count & (count - 1)) === 0) this.options.logger.warn(`a fault of the plugin at ${source} (number ${count}): ${sentence}`);
    if (restMs !== undefined) this.options.rest(source, sentence, restMs);
    this.options.news();
  }

  /** Whether it was a dropped plugin that threw this where nobody caught it; then it is noted. */
  blamed(thrown: unknown, what: string): boolean {
    const culprit = thrown instanceof Error ? culpritIn(thrown.stack, this.options.sources()) : undefined;
    if (culprit) this.fault(culprit.source, what, String(thrown));
    return culprit !== undefined;
  }

  /** Resolves when every call of a dropped plugin that runs now is over. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.running]);
  }

  /** Ends what a generation has left behind, unless something of it still runs. */
  sweep({ source, generation = 0 }: Culprit): void {
    const key = keyOf(source, generation);
    const begun = this.begun.get(key);
    if (begun && begun.starts > 0) return;
    this.begun.delete(key);
    const { logger } = this.options;
    const left = this.left.end((address) => isOf(address, source, generation));
    if (left > 0) logger.warn(`the plugin at ${source} left ${left} timers or process listeners behind; they were ended`);
    const open = begun && leftOpen(begun.open, openServers());
    if (open) logger.warn(`since the plugin at ${source} was started this process has ${open} more: did it close what it opened?`);
  }

  private begin(of: Required<Culprit>, owner: Owner, filled: readonly (readonly [symbol, object])[]): () => void {
    const releases: (() => void)[] = [];
    const key = keyOf(of.source, of.generation);
    const begun = this.begun.get(key) ?? { starts: 0, open: openServers() };
    this.begun.set(key, begun);
    begun.starts++;
    const over = () => {
      for (const release of releases) release();
      begun.starts--;
      setTimeout(() => this.sweep(of), tidyMs).unref();
    };
    try {
      for (const [slot, its] of filled) releases.push(this.claims.take(slot, its, owner));
    } catch (thrown) {
      over();
      throw thrown;
    }
    return over;
  }

  private owned(definition: PluginDefinition, source: string): PluginDefinition {
    return {
      ...definition,
      build: async (...values) => {
        const built = await definition.build(...values);
        if (Object(built) === built) this.owners.set(built as object, { id: definition.id, source });
        return built;
      },
    };
  }
}

/** Who has been told to end may tidy up for so long. */
const tidyMs = 50;

const keyOf = (source: string, generation: number): string => `${generation} ${source}`;

function isOf(address: string, source: string, generation: number): boolean {
  const [url = '', of] = address.split('?generation=');
  const path = fileURLToPath(url);
  return Number(of) === generation && (path === source || path.startsWith(source + sep));
}
