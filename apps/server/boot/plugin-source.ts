import type { Manifest, PluginDefinition } from 'dispatch/kernel';
import type { PluginStatus } from 'dispatch/wire';
import type { PluginPlace } from './plugin-place.js';

/** A folder or file with plugins, and what became of it. */
export class PluginSource {
  /** What it declares, where that could be read. */
  declared: Manifest | undefined;
  /** Its plugins, as they were loaded last. */
  definitions: readonly PluginDefinition[] = [];
  /** Which loading of it was begun last; what an earlier one brings comes too late. */
  newest = 0;
  /** Milliseconds that its import took. */
  importMs = 0;
  /** Its files are not there any more. */
  gone = false;
  /** Why what is in its files is not what runs. */
  note: string | undefined;
  /** Why none of it may run just now. */
  held: Pick<PluginStatus, 'state' | 'reason'> | undefined;
  /** The directory that brought it; what it adds to turns is for those within that. */
  project: string | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    readonly name: string,
    /** Where it lies, as it was found last; undefined for one that came with the server. */
    public place?: PluginPlace,
  ) {}

  /** What is done to one source is done one after another. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** As it is shown when it does not run; more than one where it has several plugins. */
  shown(state: Pick<PluginStatus, 'state' | 'reason'>): PluginStatus[] {
    const named = this.definitions.length > 0 ? this.definitions : [this.declared ?? { id: idFrom(this.name), provides: [], needs: [] }];
    return named.map((each: Omit<Manifest, 'settings'>) => {
      const { id, version, critical, provides, needs } = each;
      return { id, version, critical, provides: [...provides], needs: [...needs], source: this.name, ...state };
    });
  }
}

const idFrom = (name: string): string => name.split(/[\\/]/).findLast((part) => part !== '') ?? name;
