import { Container } from 'inversify';
import { KernelError } from '../errors.js';
import type { Loaded } from './candidate.js';
import type { Generation } from './generation.js';
import { type Id, idText, isSlot, type Provided } from './ids.js';
import { type Plan, planOf } from './plan.js';

/**
 * What runs, and where it is found, on one inversify container: a service id stands for its one provider, a slot id for
 * a live list. Places change hands without a wait between, so that nobody sees half of a change.
 */
export class Places {
  /** In start order: each after what it needs. */
  running: readonly Generation[] = [];
  private readonly container = new Container();
  private readonly slots = new Map<symbol, unknown[]>();

  constructor(private readonly given: ReadonlyMap<symbol, unknown>) {
    for (const [id, value] of given) this.container.bind(id).toConstantValue(value);
  }

  has(id: string): boolean {
    return this.container.isBound(Symbol.for(id));
  }

  get<I extends Id<never> | Id<unknown>>(id: I): Provided<I> {
    if (isSlot(id)) return this.slot(id) as Provided<I>;
    if (!this.container.isBound(id)) throw new KernelError('need-missing', `no running plugin provides ${idText(id)}`);
    return this.container.get<Provided<I>>(id);
  }

  /** Starts one: the container builds it, with what comes beside it, else with what runs. Nobody else sees it yet. */
  start(next: Generation, beside: readonly Generation[] = []): Promise<Generation> {
    for (const id of next.plugin.needs.map(Symbol.for)) if (isSlot(id)) this.slot(id);
    if (beside.length === 0) return next.start(this.container);
    const scope = new Container({ parent: this.container });
    for (const { services, instance } of beside) for (const id of services) scope.bind(id).toConstantValue(instance);
    return next.start(scope);
  }

  /** What could start of these once others have left; the rest stays. */
  plan(wanted: readonly Loaded[], leaving: readonly Generation[], prefer?: Readonly<Record<string, string>>): Plan<Loaded> {
    const staying = this.running.flatMap((each) => (leaving.includes(each) ? [] : [each.plugin]));
    const given = [...this.given.keys()].map((id) => [idText(id), 'dispatch'] as const);
    const provided = staying.flatMap(({ id, provides }) => provides.map((each) => [each, id] as const));
    const present = staying.map((each) => ({ ...each, provides: [], needs: [] }));
    return planOf([...present, ...wanted], new Map([...given, ...provided]), prefer);
  }

  /** These, and whatever needs their services, in start order. */
  withDependents(which: (plugin: Loaded) => boolean): Generation[] {
    const lost = new Set<symbol>();
    return this.running.filter(({ plugin, services }) => {
      const found = which(plugin) || plugin.needs.some((id) => lost.has(Symbol.for(id)));
      if (found) for (const id of services) lost.add(id);
      return found;
    });
  }

  /** Some leave and others come, in one go. */
  exchange(leaving: readonly Generation[], coming: readonly Generation[]): void {
    for (const id of leaving.flatMap(({ services }) => services)) this.container.unbind(id);
    for (const { services, instance } of coming) for (const id of services) this.container.bind(id).toConstantValue(instance);
    this.running = [...this.running.filter((each) => !leaving.includes(each)), ...coming].sort((a, b) => a.rank - b.rank);
    for (const id of new Set([...leaving, ...coming].flatMap(({ slots }) => slots))) {
      const fillers = this.running.filter(({ slots }) => slots.includes(id)).sort((a, b) => a.place - b.place);
      this.slot(id).splice(0, Number.POSITIVE_INFINITY, ...fillers.map(({ instance }) => instance));
    }
  }

  /** The one live list of a slot, made and bound when first asked for. */
  private slot(id: symbol): unknown[] {
    const list = this.slots.get(id) ?? [];
    if (!this.slots.has(id)) this.container.bind(id).toConstantValue(list);
    this.slots.set(id, list);
    return list;
  }
}
