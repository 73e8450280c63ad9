import { statSync } from 'node:fs';
import { type Config, type Manifest, messageOf, type PluginDefinition, type Slot, Tools } from 'dispatch/kernel';
import packageFile from '../../../package.json' with { type: 'json' };
import { allowDroppedCode } from '../../server/boot/dropped-code.js';
import { loadPlugin } from '../../server/boot/load-plugin.js';
import { type PluginPlace, placesIn } from '../../server/boot/plugin-place.js';
import { readManifest } from '../../server/boot/read-manifest.js';
import { systemClock as clock } from '../../server/boot/system-clock.js';
import { type Check, check, type TrialNews, type TrialOrder } from '../checks.js';
import { readDeclared } from '../read-declared.js';
import { otherChecks } from './other-checks.js';
import { shaped } from './shaped.js';
import { toolChecks } from './tool-checks.js';
import { Traces } from './traces.js';
import { TrialHost } from './trial-host.js';
import { watched } from './write-watch.js';

const reloads = 20;
/** Of these the first ones, while the process warms up, are not measured. */
const unmeasured = 5;
/** What a generation may cost in KiB, beside its own code: Node forgets no module. */
const generationKiB = 128;

/** Everything that a plugin has to stand, one after another. */
export class Trials {
  private generation = 0;
  private readonly traces: Traces;

  constructor(
    private readonly order: TrialOrder,
    private readonly build: URL,
    private readonly tell: (news: TrialNews) => void,
    private readonly uncaught: readonly string[],
  ) {
    allowDroppedCode(build);
    this.traces = new Traces(order.source);
  }

  async run(): Promise<void> {
    const { source } = this.order;
    const place = placesIn(source).find((each) => each.source === source);
    if (!place || 'problem' in place.entry)
      return this.say('can be imported', place && 'problem' in place.entry ? place.entry.problem : 'it is gone');
    const declared = await declaredAt(source, place.entry.file);
    const trial = await TrialHost.open(declared, this.build);
    const definitions = await this.imported(place, trial.config);
    if (!definitions) return;
    this.say('is what it says it is', difference(declared, definitions));
    this.doing('what it needs was started');
    const missing = await trial.provideFor(definitions);
    await this.started(place, trial, missing);
    this.say(
      'throws nothing where nobody catches it',
      this.uncaught.length > 0 ? [...new Set(this.uncaught)].slice(0, 3).join('; ') : undefined,
    );
  }

  private async imported(place: PluginPlace, config: Config): Promise<PluginDefinition[] | undefined> {
    const before = this.traces.open();
    this.doing('it was imported');
    try {
      const { result, deeds } = await watched(place.source, () => this.load(place, config));
      this.say('can be imported', undefined);
      const left = await this.traces.since(before);
      const all = [...new Set(deeds), ...(left ? [`it left ${left} running`] : [])];
      this.say('does nothing else while it is imported', all.length > 0 ? `${all.join(', ')}: do that in start()` : undefined);
      return result;
    } catch (thrown) {
      this.say('can be imported', messageOf(thrown));
      return undefined;
    }
  }

  private async started(place: PluginPlace, trial: TrialHost, missing: readonly string[]): Promise<void> {
    const { source } = place;
    const { host, config } = trial;
    const filled = new Map<symbol, readonly unknown[]>();
    const before = this.traces.open();
    const definitions = await this.load(place, config);
    for (const slot of definitions.flatMap(({ provides }) => provides).filter((id) => id.endsWith('[]')))
      filled.set(Symbol.for(slot), [...host.get(Symbol.for(slot) as Slot<unknown>)]);
    this.doing('it was started');
    const candidate = () => ({ source, dropped: true, load: async () => (await this.load(place, config)).map(shaped) });
    await host.add([candidate()]);
    const why = host.status().find((each) => each.source === source && each.state !== 'active')?.reason;
    const lacks = missing.length > 0 ? ` (nothing in Dispatch provides ${missing.join(', ')})` : '';
    this.say('starts in time, with no more than it says it needs', why && why + lacks);
    if (why !== undefined) return;
    const filling = <T>(slot: Slot<T>): readonly T[] => {
      const others = filled.get(slot);
      return others ? host.get(slot).filter((each) => !others.includes(each)) : [];
    };
    const wish = { cwd: process.cwd(), calls: this.order.calls, mostCharacters: config.number('turn.resultLimit') };
    for (const tool of filling(Tools)) {
      this.doing(`its tool "${tool.name}" was called`);
      this.sayAll(await toolChecks(tool, wish));
    }
    this.doing('what else it adds was asked for');
    this.sayAll(await otherChecks({ filling, cwd: wish.cwd }));

    this.doing('a newer generation was started beside it');
    const refused = await host.replace(candidate());
    this.say('lets a newer generation start beside it', refused);
    if (refused === undefined)
      this.say(`can be reloaded ${reloads} times without growing`, await this.growth(() => host.replace(candidate()), place));
    this.doing('it was stopped');
    const records = trial.records.length;
    await host.remove(source);
    const left = await this.traces.since(before);
    const said = trial.records.slice(records).find((record) => record.includes('did not stop cleanly'));
    const problem = [said, left && `it left ${left} behind: end them in stop(), or by the signal of start(signal)`]
      .filter(Boolean)
      .join('; ');
    this.say('leaves nothing behind when it stops', problem || undefined);
  }

  private async growth(reload: () => Promise<string | undefined>, { source }: PluginPlace): Promise<string | undefined> {
    let before = 0;
    for (let i = 1; i <= reloads; i++) {
      this.doing(`it was reloaded (${i} of ${reloads})`);
      const refused = await reload();
      if (refused !== undefined) return `reload ${i} was refused: ${refused}`;
      if (i === unmeasured) before = await heapKiB();
    }
    const each = ((await heapKiB()) - before) / (reloads - unmeasured);
    const most = generationKiB + (statSync(source).isFile() ? statSync(source).size / 128 : 128);
    return each > most ? `each reload keeps ${Math.round(each)} KiB: does something outside still hold the old one?` : undefined;
  }

  private load(place: PluginPlace, config: Config): Promise<PluginDefinition[]> {
    const kit = { clock, config, version: packageFile.version, declared: () => undefined };
    return loadPlugin(place, ++this.generation, kit);
  }

  private doing(doing: string): void {
    this.tell({ doing });
  }

  private say(name: string, problem: string | undefined): void {
    this.sayAll([check(name, problem)]);
  }

  private sayAll(checks: readonly Check[]): void {
    for (const each of checks) this.tell({ check: each });
  }
}

async function heapKiB(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed / 1024;
}

async function declaredAt(source: string, file: string): Promise<Manifest[]> {
  try {
    const declared = readManifest(source, file);
    return declared ? [declared] : await readDeclared(file);
  } catch {
    return []; // said already
  }
}

/** Where what was declared and what the code says are two things. Pure. */
function difference(declared: readonly Manifest[], definitions: readonly PluginDefinition[]): string | undefined {
  if (declared.length === 0) return undefined;
  const facts = ({ id, version, provides, needs, critical = false }: Manifest) =>
    JSON.stringify({ id, version, provides, needs, critical });
  const real = definitions.map(facts);
  const wrong = declared.find((each) => !real.includes(facts(each)));
  if (wrong) return `it declares ${facts(wrong)}, and its code says ${real.join(', ') || 'nothing'}`;
  return real.length > declared.length ? `it has ${real.length} plugins and declares ${declared.length}` : undefined;
}
