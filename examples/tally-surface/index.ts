import { ActionRefused, type SurfaceProvider, Surfaces, SurfaceUpdates, surfaceAction, z } from 'dispatch/contracts';
import { inject, plugin } from 'dispatch/kernel';
import type { Surface } from 'dispatch/wire';

/** A number that everybody sees and may change, in every front end. */
@plugin({ id: 'tally-surface', version: '1.0.0', engine: '^0.1.0', provides: Surfaces })
export default class TallySurface implements SurfaceProvider {
  readonly entry = { id: 'tally', region: 'side', title: 'Tally', scope: 'global' } as const;
  readonly actions = {
    set: surfaceAction({
      schema: z.number().int(),
      run: (value) => {
        if (value < 0) throw new ActionRefused('a tally begins at 0: choose a larger number');
        this.change(value);
      },
    }),
    reset: surfaceAction({ schema: z.unknown(), run: () => this.change(0) }),
  };
  private value = 0;

  constructor(@inject(SurfaceUpdates) private readonly updates: Pick<SurfaceUpdates, 'changed'>) {}

  render(): Surface {
    const { id, region, title } = this.entry;
    const number = { kind: 'number', label: 'Tally', value: this.value, min: 0, step: 1, action: { actionId: 'set' } } as const;
    return { id, region, title, fields: [number, { kind: 'button', label: 'Begin again', action: { actionId: 'reset' } }] };
  }

  private change(value: number): void {
    this.value = value;
    this.updates.changed(this.entry.id);
  }
}
