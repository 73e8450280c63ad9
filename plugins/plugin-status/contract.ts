import type { PluginStatus } from 'dispatch/wire';
import * as z from 'zod';
import { wire } from '../transport-http/contract.js';

/** State of one plugin as clients get it. */
export const pluginStatus = wire<PluginStatus>('PluginStatus')(
  z.object({
    id: z.string(),
    version: z.string().optional(),
    state: z.enum(['active', 'failed', 'stopped', 'disabled', 'quarantined']),
    critical: z.boolean().optional(),
    reason: z.string().optional(),
    note: z.string().optional(),
    generation: z.number().optional(),
    faults: z.number().optional(),
    provides: z.array(z.string()),
    needs: z.array(z.string()),
    loadMs: z.number().optional(),
    source: z.string().optional(),
  }),
);
