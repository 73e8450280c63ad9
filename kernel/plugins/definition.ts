import 'reflect-metadata';
import { KernelError } from '../errors.js';
import { type Id, type Item, idText, type Provided } from './ids.js';
import { type Manifest, parseManifest } from './manifest.js';

/** Hooks a plugin's class may have; each runs under a time limit that names the plugin. */
export interface Lifecycle {
  /**
   * Runs after everything it needs has started. The signal aborts when the limit is reached, and once the plugin has
   * stopped: hand it on to whatever goes on after the start (timers, listeners, requests), and nothing is left behind.
   */
  start?(signal: AbortSignal): Promise<void> | void;
  /** Runs before anything it needs has stopped, and when a newer generation has taken the plugin's place. */
  stop?(): Promise<void> | void;
}

/** What a plugin says of itself, besides the ids. */
export type About = Omit<Manifest, 'provides' | 'needs'>;

/** A plugin, whichever way it was spelt. */
export interface PluginDefinition extends Manifest {
  /** Builds the one object that is everything the plugin provides; its arguments stand for `needs`, in order. */
  readonly build: (...needs: unknown[]) => unknown;
}

type Ids = Id<unknown> | readonly Id<unknown>[];
type Meets<I> = I extends readonly [infer Head, ...infer Rest] ? Item<Head> & Meets<Rest> : I extends readonly [] ? unknown : Item<I>;

const declared = 'dispatch:plugin';
const needed = 'dispatch:needs';

/** Marks a class as a plugin. The class must be what it says it provides, or it does not compile. */
export function plugin<const P extends Ids>(about: About & { provides: P }) {
  // biome-ignore lint/suspicious/noExplicitAny: only `any[]` stands for every constructor
  return <C extends new (...needs: any[]) => Meets<P>>(target: C): void => {
    Reflect.defineMetadata(declared, about, target);
  };
}

/** Asks for what an id stands for; the parameter must accept it, or it does not compile. */
export function inject<I extends Id<never> | Id<unknown>>(id: I) {
  return <C extends abstract new (...needs: never[]) => unknown, N extends number>(
    target: C,
    _key: undefined,
    index: N & (Provided<I> extends ConstructorParameters<C>[N] ? unknown : never),
  ): void => {
    const ids: symbol[] = Reflect.getOwnMetadata(needed, target) ?? [];
    ids[index] = id;
    Reflect.defineMetadata(needed, ids, target);
  };
}

/** A plugin as an object: for values, factories and asynchronous set-up. */
export function definePlugin<const P extends Ids, const N extends Readonly<Record<string, Id<never> | Id<unknown>>>>(
  spelt: About & {
    provides: P;
    inject?: N;
    create(needs: { [K in keyof N]: Provided<N[K]> }): (Meets<P> & Lifecycle) | Promise<Meets<P> & Lifecycle>;
  },
): PluginDefinition {
  const { provides, inject: needs = {} as N, create, ...about } = spelt;
  const names = Object.keys(needs);
  const build = (...values: unknown[]) =>
    create(Object.fromEntries(names.map((name, i) => [name, values[i]])) as { [K in keyof N]: Provided<N[K]> });
  return { ...about, provides: texts(provides), needs: texts(Object.values(needs)), build };
}

/** Reads the plugins out of what a plugin folder exports by default: one plugin, or a list of them. */
export function definitionsFrom(exported: unknown, source: string): PluginDefinition[] {
  if (Array.isArray(exported)) return exported.flatMap((each) => definitionsFrom(each, source));
  if (typeof exported === 'function') return [fromClass(exported as Class, source)];
  if (exported !== null && typeof exported === 'object' && 'build' in exported && 'needs' in exported) {
    const { needs, build, ...declaration } = exported as PluginDefinition;
    return [{ ...parseManifest({ ...declaration, inject: needs }, source), build }];
  }
  throw new KernelError(
    'plugin-invalid',
    `${source} has no plugin as its default export: export a class marked with @plugin, a class with a static "plugin" block, or definePlugin({ … })`,
  );
}

type Class = (new (...needs: unknown[]) => unknown) & { plugin?: unknown };

function fromClass(target: Class, source: string): PluginDefinition {
  const declaration = decorated(target, source) ?? target.plugin;
  const problem = `${source} exports the class "${target.name}" without @plugin({ … }) and without a static "plugin" block`;
  if (declaration === undefined) throw new KernelError('plugin-invalid', problem);
  return { ...parseManifest(declaration, source), build: (...needs) => new target(...needs) };
}

/** What the decorators of a class say, in the words of a static block. */
function decorated(target: Class, source: string): object | undefined {
  const about: (About & { provides: Ids }) | undefined = Reflect.getOwnMetadata(declared, target);
  if (!about) return undefined;
  // a class without a constructor of its own is built by the one it extends
  const ids: symbol[] = Reflect[target.length === 0 ? 'getMetadata' : 'getOwnMetadata'](needed, target) ?? [];
  const needs = Array.from({ length: Math.max(ids.length, target.length) }, (_, i) => ids[i]);
  const bare = needs.indexOf(undefined) + 1;
  const problem = `plugin "${about.id}" (${source}): parameter ${bare} of its constructor has no @inject(…), or its id was undefined`;
  if (bare > 0) throw new KernelError('plugin-invalid', problem);
  return { ...about, provides: texts(about.provides), inject: texts(ids) };
}

/** Ids as text. One that is undefined (files that import each other) stays so, for the checks to find. */
const texts = (ids: Ids | readonly symbol[]): string[] => [ids].flat().map((id) => (typeof id === 'symbol' ? idText(id) : id) as string);
