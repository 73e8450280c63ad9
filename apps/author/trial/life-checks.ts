import { type PluginDefinition, type Slot, Tools } from 'dispatch/kernel';
import { type Check, check, type TrialNews, type TrialOrder } from '../checks.js';
import { otherChecks } from './other-checks.js';
import { shaped } from './shaped.js';
import { toolChecks } from './tool-checks.js';
import type { Traces } from './traces.js';
import type { TrialHost } from './trial-host.js';

const reloads = 20;
/** Of these the first ones, while the process warms up, are not measured. */
const unmeasured = 5;
/** What a generation may cost in KiB: Node forgets no module. */
const generationKiB = 256;

export interface Life extends TrialOrder {
  trial: TrialHost;
  /** As they were imported before. */
  definitions: readonly PluginDefinition[];
  /** Ids that it needs and nobody provides. */
  missing: readonly string[];
  /** Imports it anew. */
  load(): Promise<PluginDefinition[]>;
  traces: Traces;
  tell(news: TrialNews): void;
}

/** What a plugin has to stand from its first start to its last stop. Answers whether it ran. */
export async function lifeChecks({ trial, definitions, missing, load, traces, tell, ...order }: Life): Promise<boolean> {
  const { source, calls, patienceMs } = order;
  const { host, config } = trial;
  const say = (name: string, problem: string | undefined) => tell({ check: check(name, problem) });
  const sayAll = (checks: readonly Check[]) => {
    for (const each of checks) tell({ check: each });
  };
  const slots = definitions.flatMap(({ provides }) => provides).filter((id) => id.endsWith('[]'));
  const others = new Map(slots.map((id) => [Symbol.for(id), [...host.get(Symbol.for(id) as Slot<unknown>)]]));
  const filling = <T>(slot: Slot<T>): readonly T[] =>
    others.has(slot) ? host.get(slot).filter((each) => !others.get(slot)?.includes(each)) : [];
  let starts = 0;
  const fresh = async () => {
    starts++;
    return (await load()).map(shaped);
  };
  const candidate = () => ({ source, dropped: true, load: fresh });

  tell({ doing: 'it was started' });
  const before = traces.open();
  await host.add([candidate()]);
  const why = host.status().find((each) => each.source === source && each.state !== 'active')?.reason;
  const lacks = missing.length > 0 ? ` (nothing in Dispatch provides ${missing.join(', ')})` : '';
  say('starts in time, with no more than it says it needs', why && why + lacks);
  if (why !== undefined) return false;

  const cwd = process.cwd();
  for (const tool of filling(Tools)) {
    tell({ doing: `its tool "${tool.name}" was called` });
    sayAll(await toolChecks(tool, { cwd, calls, patienceMs, mostCharacters: config.number('turn.resultLimit') }));
  }
  tell({ doing: 'what else it adds was asked for' });
  sayAll(await otherChecks({ filling, cwd }));

  tell({ doing: 'a newer generation was started beside it' });
  const refused = await host.replace(candidate());
  say('lets a newer generation start beside it', refused);
  const reload = (i: number) => {
    tell({ doing: `it was reloaded (${i} of ${reloads})` });
    return host.replace(candidate());
  };
  if (refused === undefined) say(`can be reloaded ${reloads} times without growing`, await growth(reload));

  tell({ doing: 'it was stopped' });
  const records = trial.records.length;
  await host.remove(source);
  const left = await traces.since(before);
  const unclean = trial.records.slice(records).find((record) => record.includes('did not stop cleanly'));
  const advice = left && `${starts} starts have left ${left} behind: end them in stop(), or by the signal of start(signal)`;
  say('leaves nothing behind when it stops', [unclean, advice].filter(Boolean).join('; ') || undefined);
  return true;
}

async function growth(reload: (i: number) => Promise<string | undefined>): Promise<string | undefined> {
  let before = 0;
  for (let i = 1; i <= reloads; i++) {
    const refused = await reload(i);
    if (refused !== undefined) return `reload ${i} was refused: ${refused}`;
    if (i === unmeasured) before = await heapKiB();
  }
  const each = ((await heapKiB()) - before) / (reloads - unmeasured);
  return each > generationKiB ? `each reload keeps ${Math.round(each)} KiB: does something outside still hold the old one?` : undefined;
}

async function heapKiB(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed / 1024;
}
