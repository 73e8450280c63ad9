import { type Manifest, messageOf, type PluginDefinition } from 'dispatch/kernel';
import packageFile from '../../../package.json' with { type: 'json' };
import { readManifest } from '../../plugin-packages/index.js';
import { allowDroppedCode } from '../../server/boot/dropped-code.js';
import { loadPlugin } from '../../server/boot/load-plugin.js';
import { type PluginPlace, placesIn } from '../../server/boot/plugin-place.js';
import { systemClock as clock } from '../../server/boot/system-clock.js';
import { check, type TrialNews, type TrialOrder } from '../checks.js';
import { readDeclared } from '../read-declared.js';
import { lifeChecks } from './life-checks.js';
import { Traces } from './traces.js';
import { TrialHost } from './trial-host.js';
import { watched } from './write-watch.js';

/** Everything that a plugin has to stand, one after another. */
export class Trials {
  private generation = 0;
  private readonly traces: Traces;

  constructor(
    private readonly order: TrialOrder,
    private readonly build: URL,
    private readonly tell: (news: TrialNews) => void,
    /** What was thrown where nobody caught it. */
    private readonly uncaught: readonly string[],
  ) {
    allowDroppedCode(build);
    this.traces = new Traces(order.source);
  }

  /** Answers whether the plugin ran. */
  async run(): Promise<boolean> {
    const { source } = this.order;
    const place = placesIn(source).find((each) => each.source === source);
    if (!place || 'problem' in place.entry) {
      this.say('can be imported', place && 'problem' in place.entry ? place.entry.problem : 'it is gone');
      return false;
    }
    const declared = await declaredAt(source, place.entry.file);
    const trial = await TrialHost.open(declared, this.build);
    const definitions = await this.imported(place, trial);
    if (!definitions) return false;
    this.say('is what it says it is', difference(declared, definitions));
    this.tell({ doing: 'what it needs was started' });
    const missing = await trial.provideFor(definitions);
    const load = () => this.load(place, trial);
    const runs = await lifeChecks({ ...this.order, trial, definitions, missing, load, traces: this.traces, tell: this.tell });
    const slips = [...new Set(this.uncaught)].slice(0, 3).join('; ');
    this.say('throws nothing where nobody catches it, and lets its process live', slips || undefined);
    return runs;
  }

  private async imported(place: PluginPlace, trial: TrialHost): Promise<PluginDefinition[] | undefined> {
    const before = this.traces.open();
    this.tell({ doing: 'it was imported' });
    try {
      const { result, deeds } = await watched(place.source, () => this.load(place, trial));
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

  private async load(place: PluginPlace, { config, settings: desk }: TrialHost): Promise<PluginDefinition[]> {
    const settings = (manifest: Manifest) => desk.prepare(manifest, place.source);
    const kit = { clock, config, version: packageFile.version, declared: () => undefined, settings };
    const loaded = await loadPlugin(place, ++this.generation, kit);
    return loaded.map((each) => desk.handing(each, place.source));
  }

  private say(name: string, problem: string | undefined): void {
    this.tell({ check: check(name, problem) });
  }
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
