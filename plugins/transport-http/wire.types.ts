/** Schemas that differ from their wire type, one a case: each must fail to compile. `wire.test.ts` runs the compiler over this file. */
import * as z from 'zod';
import { wire } from './wire.js';

type Of = { id: string };
type Chunk = ({ type: 'text'; text: string } & Of) | { type: 'image'; url: string; size?: { width: number } };

const text = z.object({ type: z.literal('text'), id: z.string(), text: z.string() });
const image = z.object({ type: z.literal('image'), url: z.string(), size: z.object({ width: z.number() }).optional() });
export const right = wire<Chunk>('Chunk')(z.discriminatedUnion('type', [text, image]));
export const rightList = wire<{ chunks: Chunk[]; by?: Record<string, Of> }>('Chunks')(
  z.object({ chunks: z.array(right), by: z.record(z.string(), z.object({ id: z.string() })).optional() }),
);
export const rightQuery = wire<{ limit?: number; since?: number }>('Window')(
  z.object({ limit: z.coerce.number().default(10), since: z.string().transform(Number).optional() }),
);

// @ts-expect-error a member is missing
export const missing = wire<Of & { title: string }>('X')(z.object({ id: z.string() }));
// @ts-expect-error a member that may be left out is missing
export const missingOptional = wire<Of & { title?: string }>('X')(z.object({ id: z.string() }));
// @ts-expect-error there is a member more
export const more = wire<Of>('X')(z.object({ id: z.string(), title: z.string() }));
// @ts-expect-error there is a member more, which may be left out
export const moreOptional = wire<Of>('X')(z.object({ id: z.string(), title: z.string().optional() }));
// @ts-expect-error a member may be left out in one only
export const leftOut = wire<Of>('X')(z.object({ id: z.string().optional() }));
// @ts-expect-error a member may be null in one only
export const maybeNull = wire<Of>('X')(z.object({ id: z.string().nullable() }));
// @ts-expect-error a member is of another type
export const otherType = wire<Of>('X')(z.object({ id: z.number() }));
// @ts-expect-error a member is of another type, deeper down
export const deeper = wire<{ all: { of: Of }[] }>('X')(z.object({ all: z.array(z.object({ of: z.object({ id: z.number() }) })) }));
// @ts-expect-error one word is missing
export const words = wire<{ state: 'on' | 'off' | 'broken' }>('X')(z.object({ state: z.enum(['on', 'off']) }));
// @ts-expect-error one alternative is missing
export const alternatives = wire<Chunk>('X')(z.discriminatedUnion('type', [text]));
// @ts-expect-error anything is not something
export const anything = wire<{ payload: Of }>('X')(z.object({ payload: z.unknown() }));
