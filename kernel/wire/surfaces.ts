type Action = { action: { actionId: string } };

/** One field of a surface: data, never styling. A client skips a `custom` renderer it does not know. */
export type Field =
  | ({ kind: 'toggle'; label: string; value: boolean } & Action)
  /** `value` from 0 to 1. */
  | { kind: 'progress'; label: string; value: number }
  | ({ kind: 'selector'; label: string; value: string; options: { value: string; label: string }[] } & Action)
  /** The payload of its action is the number. */
  | ({ kind: 'number'; label: string; value: number; min?: number; max?: number; step?: number; unit?: string } & Action)
  | { kind: 'stat'; label: string; value: string }
  | ({ kind: 'button'; label: string } & Action)
  | { kind: 'custom'; rendererId: string; payload: unknown };

/** UI described as data by a plugin. */
export type Surface = { id: string; region: string; title: string; fields: Field[] };
export type CatalogEntry = { id: string; region: string; title: string; scope: 'global' | 'conversation' };
/** Payload of the known custom renderer `table`. */
export type TablePayload = { columns: string[]; rows: (string | number | boolean)[][] };
