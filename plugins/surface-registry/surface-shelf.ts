import { nearest } from 'dispatch/kernel';
import type { CatalogEntry, Surface } from 'dispatch/wire';
import type { ZodError } from 'zod';
import type { SurfaceAction, SurfaceGroup, SurfaceProvider } from './contract.js';
import { SurfaceProblem } from './surface-problem.js';
import { entrySchema, surfaceSchema } from './surface-schema.js';

/** Characters of one surface's JSON. */
const mostCharacters = 1024 * 1024;

/** A surface as it is now, and its JSON. */
export interface Rendered {
  surface: Surface;
  json: string;
}

/** The surfaces there are. The list of providers is live; what one of them does wrong is found here, and told to nobody else. */
export class SurfaceShelf {
  private readonly reported = new WeakSet<SurfaceProvider>();

  constructor(
    private readonly single: readonly SurfaceProvider[],
    private readonly groups: readonly SurfaceGroup[],
    /** Told of the faults of plugins. */
    private readonly complain: (what: string, thrown: unknown) => void,
  ) {}

  private get providers(): readonly SurfaceProvider[] {
    return this.groups.length === 0 ? this.single : [...this.single, ...this.groups.flatMap((group) => group.surfaces())];
  }

  /** Of two entries with one id the first counts. */
  catalog(): CatalogEntry[] {
    const byId = new Map<string, CatalogEntry>();
    for (const provider of this.providers) {
      const checked = entrySchema.safeParse(provider.entry);
      if (checked.success) byId.set(checked.data.id, byId.get(checked.data.id) ?? checked.data);
      else if (!this.reported.has(provider)) {
        this.reported.add(provider);
        this.complain('a surface has no proper catalog entry and is left out', checked.error);
      }
    }
    return [...byId.values()];
  }

  /** What kind of surface it is. Throws a `SurfaceProblem` when there is none. */
  scope(id: string): CatalogEntry['scope'] {
    return this.provider(id).entry.scope;
  }

  /** Throws a `SurfaceProblem`, and nothing else. */
  async render(id: string, conversationId?: string): Promise<Rendered> {
    const provider = this.provider(id);
    try {
      const surface = await provider.render(conversationId);
      const checked = surfaceSchema.safeParse(surface);
      if (!checked.success) throw new Error(wording('the surface', checked.error));
      if (surface.id !== id) throw new Error(`it calls itself "${surface.id}" there`);
      const json = JSON.stringify(surface);
      if (json.length > mostCharacters) throw new Error(`it is larger than ${mostCharacters} characters: show less`);
      return { surface, json };
    } catch (thrown) {
      throw this.problem(`the surface "${id}" cannot be shown`, thrown);
    }
  }

  /** Carries out an action. Throws a `SurfaceProblem`, and nothing else. */
  async act(id: string, actionId: string, payload: unknown, conversationId?: string): Promise<void> {
    const action = this.action(id, actionId);
    const checked = action.schema.safeParse(payload);
    if (!checked.success) throw new SurfaceProblem('payload', wording('payload', checked.error));
    try {
      await action.run(checked.data, conversationId);
    } catch (thrown) {
      throw this.problem(`the action "${actionId}" of "${id}" failed`, thrown);
    }
  }

  private provider(id: string): SurfaceProvider {
    const provider = this.providers.find(({ entry }) => entry?.id === id);
    if (provider) return provider;
    throw new SurfaceProblem(
      'unknown',
      `unknown surface "${id}"${hint(
        id,
        this.catalog().map((entry) => entry.id),
      )}`,
    );
  }

  private action(id: string, actionId: string): SurfaceAction {
    const { actions = {} } = this.provider(id);
    const action = Object.hasOwn(actions, actionId) ? actions[actionId] : undefined;
    if (action) return action;
    throw new SurfaceProblem('unknown', `the surface "${id}" has no action "${actionId}"${hint(actionId, Object.keys(actions))}`);
  }

  private problem(what: string, thrown: unknown): SurfaceProblem {
    if (thrown instanceof Error && thrown.name === 'ActionRefused') return new SurfaceProblem('refused', thrown.message, { cause: thrown });
    this.complain(what, thrown);
    return new SurfaceProblem('broken', `${what}; the server's log says why`, { cause: thrown });
  }
}

const hint = (wrong: string, there: readonly string[]): string =>
  there.length === 0 ? '; there are none' : `; near names: ${nearest(wrong, there).join(', ')}`;

function wording(what: string, { issues: [first] }: ZodError): string {
  const field = (first?.path ?? []).reduce<string>(
    (name, key) => (typeof key === 'number' ? `${name}[${key}]` : `${name}.${String(key)}`),
    what,
  );
  return `${field}: ${first?.message ?? 'not as it should be'}`;
}
