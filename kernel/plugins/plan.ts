import type { ErrorCode } from '../errors.js';
import { nearest } from './nearest.js';

/** What the plan needs to know of a plugin; ids as text. */
export interface PlanInput {
  id: string;
  provides: readonly string[];
  needs: readonly string[];
  /** Folder or file, for the reader of a refusal. */
  source: string;
}

export interface Refusal {
  code: ErrorCode;
  reason: string;
}

export interface Plan {
  /** Indexes into the input: everything that can start, each after what it needs. */
  order: number[];
  /** Why the others cannot. */
  refused: Map<number, Refusal>;
}

const many = (id: string) => id.endsWith('[]');

/**
 * Decides what starts, and in which order. Pure. Earlier entries win a clash, so that what is dropped in cannot push
 * out what is already there; `prefer` (service id to plugin id) turns that round.
 * @param given service id to the name of who provides it already
 */
export function planOf(
  input: readonly PlanInput[],
  given: ReadonlyMap<string, string>,
  prefer: Readonly<Record<string, string>> = {},
): Plan {
  const refused = new Map<number, Refusal>();
  refuseDuplicates(input, refused);
  const providers = electProviders(input, given, prefer, refused);
  refuseUnmet(input, given, providers, refused);
  refuseCycles(input, providers, refused);
  refuseUnmet(input, given, providers, refused);
  return { order: inOrder(input, providers, refused), refused };
}

function refuseDuplicates(input: readonly PlanInput[], refused: Map<number, Refusal>): void {
  const first = new Map<string, number>();
  input.forEach((each, i) => {
    const earlier = first.get(each.id.toLowerCase());
    if (earlier === undefined) {
      first.set(each.id.toLowerCase(), i);
      return;
    }
    const other = input[earlier] as PlanInput;
    refused.set(i, {
      code: 'plugin-duplicate',
      reason: `two plugins have the id "${each.id}": ${other.source} and ${each.source}; the first one runs, give the other a new id`,
    });
  });
}

/** Who provides each service: the preferred one, else the first; the others are refused. */
function electProviders(
  input: readonly PlanInput[],
  given: ReadonlyMap<string, string>,
  prefer: Readonly<Record<string, string>>,
  refused: Map<number, Refusal>,
): Map<string, number> {
  const claims = new Map<string, number[]>();
  input.forEach((each, i) => {
    if (refused.has(i)) return;
    for (const id of new Set(each.provides)) if (!many(id)) claims.set(id, [...(claims.get(id) ?? []), i]);
  });
  const providers = new Map<string, number>();
  const name = (i: number) => `"${(input[i] as PlanInput).id}" (${(input[i] as PlanInput).source})`;
  for (const [id, claimants] of claims) {
    const taken = given.get(id);
    const chosen = taken === undefined ? (claimants.find((i) => (input[i] as PlanInput).id === prefer[id]) ?? claimants[0]) : undefined;
    if (chosen !== undefined) providers.set(id, chosen);
    for (const i of claimants) {
      if (i === chosen) continue;
      const winner = chosen === undefined ? `"${taken}"` : name(chosen);
      refused.set(i, {
        code: 'provider-clash',
        reason: `${winner} and ${name(i)} both provide ${id}; the first one runs, name the one you want in the configuration: plugins.prefer { "${id}": "…" }`,
      });
    }
  }
  return providers;
}

/** Refuses whatever needs a service that nobody, or only a refused plugin, provides; until nothing changes. */
function refuseUnmet(
  input: readonly PlanInput[],
  given: ReadonlyMap<string, string>,
  providers: ReadonlyMap<string, number>,
  refused: Map<number, Refusal>,
): void {
  const known = [...given.keys(), ...providers.keys()];
  for (let changed = true; changed; ) {
    changed = false;
    input.forEach((each, i) => {
      if (refused.has(i)) return;
      const lacking = each.needs.find((id) => {
        const provider = providers.get(id);
        return !many(id) && !given.has(id) && (provider === undefined || refused.has(provider));
      });
      if (lacking === undefined) return;
      changed = true;
      refused.set(i, unmet(each, lacking, known, input[providers.get(lacking) ?? -1]));
    });
  }
}

function unmet(each: PlanInput, lacking: string, known: readonly string[], provider: PlanInput | undefined): Refusal {
  if (provider)
    return {
      code: 'need-failed',
      reason: `plugin "${each.id}" needs ${lacking}, and "${provider.id}", which provides it, did not start`,
    };
  const near = nearest(lacking, known, 1)[0];
  return {
    code: 'need-missing',
    reason: `plugin "${each.id}" needs ${lacking}, which no plugin provides${near ? `; the nearest id there is: ${near}` : ''}`,
  };
}

/** The services (and so the plugins) each plugin cannot start without. */
const hardNeeds = (each: PlanInput, providers: ReadonlyMap<string, number>): number[] =>
  each.needs.flatMap((id) => providers.get(id) ?? []);

function refuseCycles(input: readonly PlanInput[], providers: ReadonlyMap<string, number>, refused: Map<number, Refusal>): void {
  const done = new Set<number>();
  const visit = (i: number, path: number[]): void => {
    if (done.has(i) || refused.has(i)) return;
    const at = path.indexOf(i);
    if (at >= 0) {
      const ring = path.slice(at);
      const names = [...ring, i].map((k) => (input[k] as PlanInput).id).join(' -> ');
      for (const k of ring)
        refused.set(k, {
          code: 'cycle',
          reason: `these plugins need each other: ${names}; one of them has to do without`,
        });
      return;
    }
    for (const next of hardNeeds(input[i] as PlanInput, providers)) visit(next, [...path, i]);
    done.add(i);
  };
  input.forEach((_, i) => {
    visit(i, []);
  });
}

/**
 * Needs first. Where it can be had, what fills a slot also comes before what reads it, and otherwise the order given.
 */
function inOrder(input: readonly PlanInput[], providers: ReadonlyMap<string, number>, refused: ReadonlyMap<number, Refusal>): number[] {
  const left = new Set([...input.keys()].filter((i) => !refused.has(i)));
  const order: number[] = [];
  while (left.size > 0) {
    const ready = [...left].filter((i) => hardNeeds(input[i] as PlanInput, providers).every((n) => n === i || !left.has(n)));
    const fillers = (i: number) =>
      [...left].filter(
        (k) => k !== i && (input[k] as PlanInput).provides.some((id) => many(id) && (input[i] as PlanInput).needs.includes(id)),
      ).length;
    const next = ready.find((i) => fillers(i) === 0) ?? ready.reduce((best, i) => (fillers(i) < fillers(best) ? i : best));
    order.push(next);
    left.delete(next);
  }
  return order;
}
