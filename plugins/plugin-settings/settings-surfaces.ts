import { inject, plugin } from 'dispatch/kernel';
import { PluginControl } from '../plugin-manager/contract.js';
import { type SurfaceGroup, SurfaceGroups, SurfaceUpdates } from '../surface-registry/contract.js';
import { PluginSettings } from './contract.js';
import { SettingsSurface, surfaceIdOf } from './settings-surface.js';

/** A surface for each plugin that declares settings. */
@plugin({ id: 'plugin-settings-surfaces', version: '0.1.0', provides: SurfaceGroups })
export class SettingsSurfaces implements SurfaceGroup {
  private shown = new Map<string, SettingsSurface>();
  private ignore: () => void = () => undefined;

  constructor(
    @inject(PluginSettings) private readonly settings: PluginSettings,
    @inject(PluginControl) private readonly control: PluginControl,
    @inject(SurfaceUpdates) private readonly updates: SurfaceUpdates,
  ) {}

  start(): void {
    this.ignore = this.control.onChange(() => {
      for (const id of this.settings.ids()) this.updates.changed(surfaceIdOf(id));
    });
  }

  stop(): void {
    this.ignore();
  }

  surfaces(): readonly SettingsSurface[] {
    this.shown = new Map(this.settings.ids().map((id) => [id, this.shown.get(id) ?? new SettingsSurface(id, this.settings)]));
    return [...this.shown.values()];
  }
}
