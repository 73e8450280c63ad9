import 'reflect-metadata';
import { KernelError } from '../errors.js';
import { type Id, type Item, idText, type Provided, type Service } from './ids.js';
import { type Manifest, parseManifest } from './manifest.js';

/** Hooks a plugin's class may have; each runs under a time limit that names the plugin. */
export interface Lifecycle {
  /** Runs after everything it needs has started. The signal aborts when the limit is reached. */
  start?(signal: AbortSignal): Promise<void> | void;
  /** Runs before anything it needs has stopped. */
  stop?(): Promise<void> | void;
}

/** What a plugin says of itself. */
export interface About {
  /** Kebab-case, the name of its folder. */
  id: string;
  version?: string;
  /** Range of Dispatch versions it works with. */
  engine?: string;
  /** While a critical plugin is down, what it guards is refused. */
  critical?: boolean;
  /** What it may touch, for people to read: `network`, `files`, `processes`, … */
  capabilities?: readonly string[];
}

/** A plugin, whichever way it was spelt. */
export interface PluginDefinition extends About {
  readonly provides: readonly symbol[];
  readonly needs: readonly symbol[];
  /** Builds the one object that is everything the plugin provides; its arguments stand for `needs`, in order. */
  readonly build: (...needs: never[]) => unknown;
}

type Ids = Id<unknown> | readonly Id<unknown>[];
type Meets<I> = I extends readonly [infer Head, ...infer Rest] ? Item<Head> & Meets<Rest> : I extends readonly [] ? unknown : Item<I>;

const declared = 'dispatch:plugin';
const needed = 'dispatch:needs';

const list = (ids: Ids): readonly symbol[] => (typeof ids === 'symbol' ? [ids] : (ids as readonly symbol[]));

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
  return {
    ...about,
    provides: list(provides),
    needs: names.map((name) => needs[name] as symbol),
    build: build as PluginDefinition['build'],
  };
}

type Class = new (...needs: unknown[]) => unknown;

/** Reads the plugins out of what a plugin folder exports by default: one plugin, or a list of them. */
export function definitionsFrom(exported: unknown, source: string): PluginDefinition[] {
  if (Array.isArray(exported)) return exported.flatMap((each) => definitionsFrom(each, source));
  if (typeof exported === 'function') return [fromClass(exported as Class, source)];
  if (exported !== null && typeof exported === 'object' && 'build' in exported && 'needs' in exported) {
    const { provides, needs, build, ...about } = exported as PluginDefinition;
    return [{ ...checked(about, provides, needs, source), build }];
  }
  throw new KernelError(
    'plugin-invalid',
    `${source} has no plugin as its default export: export a class marked with @plugin, a class with a static "plugin" block, or definePlugin({ … })`,
  );
}

function fromClass(target: Class, source: string): PluginDefinition {
  const build = (...needs: unknown[]) => new target(...needs);
  const about = Reflect.getOwnMetadata(declared, target) as (About & { provides: Ids }) | undefined;
  if (about) {
    const { provides, ...rest } = about;
    const needs: readonly (symbol | undefined)[] = Array.from(Reflect.getOwnMetadata(needed, target) ?? []);
    const bare = Math.max(needs.indexOf(undefined), needs.length < target.length ? needs.length : -1);
    if (bare >= 0)
      throw new KernelError(
        'plugin-invalid',
        `plugin "${rest.id}" (${source}): parameter ${bare + 1} of its constructor has no @inject(…)`,
      );
    return { ...checked(rest, list(provides), needs as symbol[], source), build };
  }
  const block = (target as { plugin?: unknown }).plugin;
  if (block === undefined)
    throw new KernelError(
      'plugin-invalid',
      `${source} exports the class "${target.name}" without @plugin({ … }) and without a static "plugin" block`,
    );
  const manifest = parseManifest(block, source);
  return { ...fromManifest(manifest), build };
}

const fromManifest = ({ provides, needs, ...about }: Manifest) => ({
  ...about,
  provides: provides.map((id) => Symbol.for(id)),
  needs: needs.map((id) => Symbol.for(id)),
});

/** The same checks for every spelling. */
const checked = (about: About, provides: readonly symbol[], needs: readonly symbol[], source: string) =>
  fromManifest(parseManifest({ ...about, provides: provides.map(idText), inject: needs.map(idText) }, source));

/** The service under this id, typed; for the composition root only. */
export type Lookup = <T>(id: Service<T>) => T;
