import { inject, plugin } from 'dispatch/kernel';
import { type SurfaceProvider, Surfaces, SurfaceUpdates } from '../surface-registry/contract.js';
import { PluginControl } from './contract.js';

/** Shows surfaces anew when plugins change: one may have come in the place of another, or show the plugins themselves. */
@plugin({ id: 'plugin-manager-surfaces', version: '0.1.0', provides: [] })
export class RenewedSurfaces {
  private ignore: () => void = () => undefined;

  constructor(
    @inject(PluginControl) private readonly control: PluginControl,
    @inject(Surfaces) private readonly surfaces: readonly SurfaceProvider[],
    @inject(SurfaceUpdates) private readonly updates: SurfaceUpdates,
  ) {}

  start(): void {
    this.ignore = this.control.onChange(() => {
      for (const { entry } of this.surfaces) this.updates.changed(entry.id);
    });
  }

  stop(): void {
    this.ignore();
  }
}
