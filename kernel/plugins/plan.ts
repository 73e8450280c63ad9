import type { ErrorCode } from '../errors.js';
import { nearest } from './nearest.js';

/** What the plan needs to know of a plugin; ids as text. */
export interface Planned {
  readonly id: string;
  readonly provides: readonly string[];
  readonly needs: readonly string[];
  /** Folder or file, for the reader of a refusal. */
  readonly source: string;
}

export interface Plan<P> {
  /** Everything that can start, each after what it needs. */
  order: P[];
  /** Why the others cannot. */
  refused: Map<P, { code: ErrorCode; reason: string }>;
}

/**
 * Decides what starts, and in which order. Pure. Earlier entries win a clash, so that what is dropped in cannot push
 * out what is already there; `prefer` (service id to plugin id) turns that round, except for what is given.
 * @param given service id to the name of who provides it already
 */
export function planOf<P extends Planned>(
  input: readonly P[],
  given: ReadonlyMap<string, string>,
  prefer: Readonly<Record<string, string>> = {},
): Plan<P> {
  return new Planner(input, given).plan(prefer);
}

const many = (id: string) => id.endsWith('[]');

class Planner<P extends Planned> {
  private readonly refused: Plan<P>['refused'] = new Map();
  /** Who provides each service. */
  private readonly providers = new Map<string, P>();
  private readonly order = new Set<P>();
  /** Half placed: its needs are being placed before it. */
  private readonly open = new Set<P>();

  constructor(
    private readonly input: readonly P[],
    private readonly given: ReadonlyMap<string, string>,
  ) {}

  plan(prefer: Readonly<Record<string, string>>): Plan<P> {
    this.refuseDuplicates();
    const preferred = ({ id, provides }: P) => Number(provides.some((service) => prefer[service] === id));
    for (const each of [...this.input].sort((a, b) => preferred(b) - preferred(a))) this.elect(each);
    for (const each of this.input) this.place(each);
    return { order: [...this.order], refused: this.refused };
  }

  /** The first reason counts. */
  private refuse(each: P, code: ErrorCode, reason: string): void {
    if (!this.refused.has(each)) this.refused.set(each, { code, reason });
  }

  private refuseDuplicates(): void {
    const first = new Map<string, P>();
    for (const each of this.input) {
      const other = first.get(each.id.toLowerCase());
      const reason = `two plugins have the id "${each.id}": ${other?.source} and ${each.source}; the first one runs, give the other a new id`;
      if (other) this.refuse(each, 'plugin-duplicate', reason);
      else first.set(each.id.toLowerCase(), each);
    }
  }

  /** Gives a plugin the services it provides; who comes too late for one is refused and gets none. */
  private elect(each: P): void {
    const services = each.provides.filter((id) => !many(id));
    const lost = services.find((id) => this.given.has(id) || this.providers.has(id));
    if (this.refused.has(each)) return;
    if (lost === undefined) for (const id of services) this.providers.set(id, each);
    else {
      const winner = this.providers.get(lost);
      const name = winner ? `"${winner.id}" (${winner.source})` : `"${this.given.get(lost)}"`;
      const advice = `name the one you want in the configuration: plugins.prefer { "${lost}": "…" }`;
      const reason = `${name} and "${each.id}" (${each.source}) both provide ${lost}; the first one runs, ${advice}`;
      this.refuse(each, 'provider-clash', reason);
    }
  }

  /**
   * Places a plugin after everything it needs and, where it can be had, after what fills the slots it reads; otherwise
   * the order given stays. Answers whether it can start.
   */
  private place(each: P): boolean {
    if (this.open.has(each)) this.refuseRing(each);
    if (this.refused.has(each) || this.order.has(each)) return this.order.has(each);
    this.open.add(each);
    for (const id of this.services(each)) {
      const provider = this.providers.get(id);
      if (!provider || !this.place(provider)) this.refuseWithout(each, id);
    }
    const fillers = each.needs.filter(many).flatMap((id) => this.input.filter(({ provides }) => provides.includes(id)));
    for (const filler of fillers) if (this.isFree(filler)) this.place(filler);
    this.open.delete(each);
    if (!this.refused.has(each)) this.order.add(each);
    return this.order.has(each);
  }

  /** What a plugin cannot start without and is not given. */
  private services({ needs }: P): string[] {
    return needs.filter((id) => !many(id) && !this.given.has(id));
  }

  /** Whether it can be placed now, without anything that is only half placed. */
  private isFree(each: P, seen = new Set<P>()): boolean {
    if (this.order.has(each) || seen.has(each)) return true;
    seen.add(each);
    const needed = this.services(each).flatMap((id) => this.providers.get(id) ?? []);
    return !this.open.has(each) && needed.every((other) => this.isFree(other, seen));
  }

  private refuseRing(each: P): void {
    const path = [...this.open];
    const ring = path.slice(path.indexOf(each));
    const names = [...ring, each].map(({ id }) => id).join(' -> ');
    for (const one of ring) this.refuse(one, 'cycle', `these plugins need each other: ${names}; one of them has to do without`);
  }

  private refuseWithout(each: P, lacking: string): void {
    const needs = `plugin "${each.id}" needs ${lacking}`;
    const provider = this.providers.get(lacking) ?? this.input.find(({ provides }) => provides.includes(lacking));
    if (provider) return this.refuse(each, 'need-failed', `${needs}, and "${provider.id}", which provides it, did not start`);
    const [near] = nearest(lacking, [...this.given.keys(), ...this.input.flatMap(({ provides }) => provides)], 1);
    const hint = near === undefined ? '' : `; the nearest id there is: ${near}`;
    this.refuse(each, 'need-missing', `${needs}, which no plugin provides${hint}`);
  }
}
