import { inject, plugin } from 'dispatch/kernel';
import * as z from 'zod';
import { HttpError, type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { PluginSettings, type PluginSettingsView, type SettingsRefused } from './contract.js';

const params = z.object({ id: z.string().min(1).max(64) });
const field = z.object({
  key: z.string(),
  label: z.string(),
  description: z.string().optional(),
  kind: z.enum(['flag', 'number', 'choice', 'text', 'list', 'json']),
  required: z.boolean(),
  secret: z.boolean(),
  default: z.unknown().optional(),
  options: z.array(z.string()).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  step: z.number().optional(),
});
const answer = wire<PluginSettingsView>('PluginSettings')(
  z.object({
    id: z.string(),
    fields: z.array(field),
    values: z.record(z.string(), z.unknown()),
    from: z.string().optional(),
    keptIn: z.string(),
    problem: z.string().optional(),
  }),
);
const body = z.strictObject({ values: z.record(z.string(), z.unknown()) }).meta({ id: 'PluginSettingsRequest' });

/** The settings of plugins over HTTP; secrets go in, and never out. */
@plugin({ id: 'plugin-settings', version: '0.1.0', provides: Routes })
export class SettingsController implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(@inject(PluginSettings) settings: PluginSettings) {
    this.routes = [
      route({
        method: 'GET',
        path: '/plugins/:id/settings',
        summary: 'The settings that a plugin declares, and what was given; secrets as ***',
        params,
        answer,
        errors: [404, 409],
        handle: ({ params: { id } }) => answered(async () => settings.view(id)),
      }),
      route({
        method: 'PUT',
        path: '/plugins/:id/settings',
        summary: "Give a plugin's settings anew; *** for a secret stands for what it was. The plugin is renewed",
        params,
        body,
        answer,
        errors: [404, 409],
        handle: ({ params: { id }, body: { values } }) => answered(() => settings.replace(id, values)),
      }),
    ];
  }
}

async function answered(work: () => Promise<PluginSettingsView>): Promise<PluginSettingsView> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof Error && thrown.name === 'SettingsRefused')) throw thrown;
    const { code, message } = thrown as SettingsRefused;
    throw new HttpError(code === 'unknown' ? 404 : 409, message, { code: `settings_${code}` });
  }
}
