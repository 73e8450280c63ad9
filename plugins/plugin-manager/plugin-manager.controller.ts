import { inject, plugin } from 'dispatch/kernel';
import type { PluginStatus } from 'dispatch/wire';
import * as z from 'zod';
import { pluginStatus } from '../plugin-status/contract.js';
import { HttpError, type Route, type RouteGroup, Routes, route } from '../transport-http/contract.js';
import { PluginControl, type PluginRefused } from './contract.js';

const params = z.object({ id: z.string().min(1).max(64) });
const verbs = {
  reload: 'Read the folder of a plugin again; the newer generation takes over once it has started, else the old one stays',
  enable: 'Let a plugin run that was disabled, or that rests after too many faults',
  disable: 'Stop a plugin until it is enabled, also after a restart',
} as const;

/** Reloads plugins, and switches them on and off. */
@plugin({ id: 'plugin-manager', version: '0.1.0', provides: Routes })
export class PluginControls implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(@inject(PluginControl) control: PluginControl) {
    this.routes = Object.entries(verbs).map(([verb, summary]) =>
      route({
        method: 'POST',
        path: `/plugins/:id/${verb}`,
        summary,
        params,
        answer: pluginStatus,
        errors: [404, 409],
        handle: ({ params: { id } }) => answered(control[verb as keyof typeof verbs](id)),
      }),
    );
  }
}

async function answered(change: Promise<PluginStatus>): Promise<PluginStatus> {
  try {
    return await change;
  } catch (thrown) {
    if (!(thrown instanceof Error && thrown.name === 'PluginRefused')) throw thrown;
    const { code, message } = thrown as PluginRefused;
    throw new HttpError(code === 'unknown' ? 404 : 409, message, { code: `plugin_${code}` });
  }
}
