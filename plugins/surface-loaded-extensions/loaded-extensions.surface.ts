import { Clock, inject, PluginList, plugin } from 'dispatch/kernel';
import type { Field, PluginStatus, Surface } from 'dispatch/wire';
import { type SurfaceProvider, Surfaces, SurfaceUpdates } from '../surface-registry/contract.js';

const entry = { id: 'loaded-extensions', region: 'side', title: 'Loaded extensions', scope: 'global' } as const;

/** How often the list of plugins is compared with what was shown; it does not say when it changes. */
const lookMs = 2_000;

/** One line a plugin: its version when it runs, else why it does not. */
export const fieldOf = ({ id, version, state, reason }: PluginStatus): Field => ({
  kind: 'stat',
  label: id,
  value: state === 'active' ? (version ?? 'active') : `${state}${reason === undefined ? '' : `: ${reason}`}`,
});

/** Shows which plugins run, and which failed and why. */
@plugin({ id: 'surface-loaded-extensions', version: '0.1.0', provides: Surfaces })
export class LoadedExtensions implements SurfaceProvider {
  readonly entry = entry;
  private readonly stopped = new AbortController();
  private shown = '';
  private looking = false;

  constructor(
    @inject(PluginList) private readonly list: PluginList,
    @inject(SurfaceUpdates) private readonly updates: SurfaceUpdates,
    @inject(Clock) private readonly clock: Clock,
  ) {}

  render(): Surface {
    const fields = this.fields();
    this.shown = JSON.stringify(fields);
    if (!this.looking) void this.look();
    const { id, region, title } = entry;
    return { id, region, title, fields };
  }

  stop(): void {
    this.stopped.abort();
  }

  private fields(): Field[] {
    return this.list.status().map(fieldOf);
  }

  /** Plugins may come at any time; from the first time that anybody looks, changes are told. */
  private async look(): Promise<void> {
    this.looking = true;
    while (!this.stopped.signal.aborted) {
      await this.clock.sleep(lookMs, this.stopped.signal);
      if (JSON.stringify(this.fields()) !== this.shown) this.updates.changed(entry.id);
    }
  }
}
