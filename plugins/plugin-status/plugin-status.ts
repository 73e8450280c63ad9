import { inject, PluginList, plugin } from 'dispatch/kernel';
import type { PluginsAnswer } from 'dispatch/wire';
import * as z from 'zod';
import { type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { pluginStatus } from './contract.js';

const answer = wire<PluginsAnswer>('PluginsAnswer')(z.object({ plugins: z.array(pluginStatus) }));

/** Shows every plugin that was found: what it provides and needs, and why it is not active if it is not. */
@plugin({ id: 'plugin-status', version: '0.1.0', provides: Routes })
export class PluginStatusRoutes implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(@inject(PluginList) list: PluginList) {
    this.routes = [
      route({
        method: 'GET',
        path: '/plugins',
        summary: 'All plugins in start order, failed ones with their reason',
        answer,
        handle: (): PluginsAnswer => ({ plugins: list.status() }),
      }),
    ];
  }
}
