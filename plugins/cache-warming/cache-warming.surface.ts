import { inject, plugin } from 'dispatch/kernel';
import type { CatalogEntry, Surface } from 'dispatch/wire';
import * as z from 'zod';
import { ActionRefused, type SurfaceProvider, Surfaces, SurfaceUpdates, surfaceAction } from '../surface-registry/contract.js';
import { Warmings } from './cache-warming.js';
import { usualSetting, type WarmingSetting } from './warming-settings.js';

/** Seconds. A provider forgets after minutes; more often than that only costs. */
const interval = { min: 10, max: 3_600 } as const;

const toggle = 'cache-warming/toggle';
const setInterval = 'cache-warming/set-interval';

/** Shows and sets the warming of one conversation. */
@plugin({ id: 'cache-warming-surface', version: '0.1.0', provides: Surfaces })
export class CacheWarmingSurface implements SurfaceProvider {
  readonly entry: CatalogEntry = { id: 'cache-warming', region: 'side', title: 'Cache warming', scope: 'conversation' };

  readonly actions = {
    /** The wanted state; without one it is turned round. */
    [toggle]: surfaceAction({
      schema: z.boolean().nullish(),
      run: (wanted, conversationId) => this.warmings.change(named(conversationId), ({ enabled }) => ({ enabled: wanted ?? !enabled })),
    }),
    [setInterval]: surfaceAction({
      schema: z.number().int().min(interval.min).max(interval.max),
      run: (seconds, conversationId) => this.warmings.change(named(conversationId), () => ({ interval: seconds })),
    }),
  };

  constructor(
    @inject(Warmings) private readonly warmings: Warmings,
    @inject(SurfaceUpdates) updates: SurfaceUpdates,
  ) {
    warmings.onChange((conversationId) => updates.changed(this.entry.id, conversationId));
  }

  async render(conversationId?: string): Promise<Surface> {
    const state = conversationId === undefined ? undefined : await this.warmings.state(conversationId);
    const setting: WarmingSetting = state ?? usualSetting;
    const { id, region, title } = this.entry;
    return {
      ...{ id, region, title },
      fields: [
        { kind: 'toggle', label: 'Keep the cache warm', value: setting.enabled, action: { actionId: toggle } },
        {
          ...{ kind: 'number', label: 'Interval', value: setting.interval, ...interval, step: 10, unit: 's' },
          action: { actionId: setInterval },
        },
        { kind: 'stat', label: 'Last Cache %', value: shown(state?.last?.cachePct) },
        { kind: 'stat', label: 'Cache retention', value: shown(state?.last?.expectedCacheRate) },
        {
          ...{ kind: 'custom', rendererId: 'cache-warming-timer' },
          payload: { nextWarmAt: state?.nextWarmAt ?? null, lastWarmAt: state?.lastWarmAt ?? null },
        },
      ],
    };
  }
}

const shown = (percent: number | undefined): string => (percent === undefined ? '–' : `${percent}%`);

function named(conversationId: string | undefined): string {
  if (conversationId !== undefined) return conversationId;
  throw new ActionRefused('the cache of which conversation? Send its id as "conversationId"');
}
