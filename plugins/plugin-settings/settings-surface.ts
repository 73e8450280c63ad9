import type { CatalogEntry, Field, Surface } from 'dispatch/wire';
import * as z from 'zod';
import { ActionRefused, type SurfaceAction, type SurfaceProvider, surfaceAction } from '../surface-registry/contract.js';
import type { PluginSettings, PluginSettingsView, SettingField, SettingsRefused } from './contract.js';

/** By plugin. */
export const surfaceIdOf = (plugin: string): string => `settings-${plugin}`;

/** The settings of one plugin as a surface that is made from their schema. */
export class SettingsSurface implements SurfaceProvider {
  readonly entry: CatalogEntry;

  constructor(
    private readonly plugin: string,
    private readonly settings: PluginSettings,
  ) {
    this.entry = { id: surfaceIdOf(plugin), region: 'settings', title: `Settings of ${plugin}`, scope: 'global' };
  }

  /** `set/<key>` takes one value, and null takes it back; `save` takes several by key. */
  get actions(): Readonly<Record<string, SurfaceAction>> {
    const change = (changes: Record<string, unknown>) => this.refusing(() => this.settings.change(this.plugin, changes));
    const ofKeys = this.settings
      .view(this.plugin)
      .fields.map(({ key }): [string, SurfaceAction] => [
        `set/${key}`,
        surfaceAction({ schema: z.unknown(), run: (value) => change({ [key]: value ?? null }) }),
      ]);
    return Object.fromEntries([...ofKeys, ['save', surfaceAction({ schema: z.record(z.string(), z.unknown()), run: change })]]);
  }

  render(): Surface {
    const { id, region, title } = this.entry;
    return { id, region, title, fields: surfaceFields(this.settings.view(this.plugin)) };
  }

  private async refusing(work: () => Promise<PluginSettingsView>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (thrown instanceof Error && thrown.name === 'SettingsRefused')
        throw new ActionRefused(thrown.message, { cause: thrown as SettingsRefused });
      throw thrown;
    }
  }
}

/**
 * One field for each setting, with an action of its own; a text, a secret and whatever has no kind of field for itself is
 * a custom one for the renderer `setting`. Pure.
 */
export function surfaceFields({ fields, values, problem, keptIn }: PluginSettingsView): Field[] {
  return [
    ...(problem === undefined ? [] : [{ kind: 'stat', label: 'Problem', value: problem } as const]),
    ...fields.map((field) => fieldOf(field, values[field.key])),
    { kind: 'stat', label: 'Kept in', value: keptIn },
  ];
}

function fieldOf(field: SettingField, given: unknown): Field {
  const { key, label, kind, secret } = field;
  const action = { actionId: `set/${key}` };
  const value = given ?? field.default;
  if (!secret && kind === 'flag' && (value === undefined || typeof value === 'boolean'))
    return { kind: 'toggle', label, value: value ?? false, action };
  if (!secret && kind === 'choice' && (value === undefined || typeof value === 'string'))
    return {
      kind: 'selector',
      label,
      value: value ?? '',
      options: (field.options ?? []).map((each) => ({ value: each, label: each })),
      action,
    };
  if (!secret && kind === 'number' && typeof value === 'number') {
    const { min, max, step } = field;
    return {
      kind: 'number',
      label,
      value,
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
      ...(step !== undefined && { step }),
      action,
    };
  }
  return {
    kind: 'custom',
    rendererId: 'setting',
    payload: { field, isSet: given !== undefined, ...(!secret && { value: value ?? null }), ...action },
  };
}
