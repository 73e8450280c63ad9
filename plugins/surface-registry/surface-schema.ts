import type { CatalogEntry, Field, Surface, SurfacesAnswer } from 'dispatch/wire';
import * as z from 'zod';
import { wire } from '../transport-http/contract.js';

const action = { action: z.object({ actionId: z.string() }) };
const label = z.string();

const field = wire<Field>('Field')(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('toggle'), label, value: z.boolean(), ...action }),
    z.object({ kind: z.literal('progress'), label, value: z.number().min(0).max(1) }),
    z.object({
      kind: z.literal('selector'),
      label,
      value: z.string(),
      options: z.array(z.object({ value: z.string(), label })),
      ...action,
    }),
    z.object({
      kind: z.literal('number'),
      label,
      value: z.number(),
      min: z.number().optional(),
      max: z.number().optional(),
      step: z.number().optional(),
      unit: z.string().optional(),
      ...action,
    }),
    z.object({ kind: z.literal('stat'), label, value: z.string() }),
    z.object({ kind: z.literal('button'), label, ...action }),
    z.object({ kind: z.literal('custom'), rendererId: z.string(), payload: z.unknown() }),
  ]),
);

/** A surface as clients get it. */
export const surfaceSchema = wire<Surface>('Surface')(
  z.object({
    id: z.string(),
    region: z.string(),
    title: z.string(),
    fields: z.array(field),
  }),
);

export const entrySchema = wire<CatalogEntry>('CatalogEntry')(
  z.object({
    id: z.string().min(1).max(200),
    region: z.string(),
    title: z.string(),
    scope: z.enum(['global', 'conversation']),
  }),
);

export const catalogSchema = wire<SurfacesAnswer>('SurfacesAnswer')(z.object({ catalog: z.array(entrySchema) }));
