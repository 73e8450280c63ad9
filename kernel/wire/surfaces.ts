export interface SurfaceAction {
  actionId: string;
}
/** One field of a surface: data, never styling. A client skips a `custom` renderer it does not know. */
export type Field =
  | { kind: 'toggle'; label: string; value: boolean; action: SurfaceAction }
  | { kind: 'progress'; label: string /** 0 to 1 */; value: number }
  | {
      kind: 'selector';
      label: string;
      value: string;
      options: { value: string; label: string }[];
      action: SurfaceAction;
    }
  | {
      kind: 'number';
      label: string;
      value: number;
      min?: number;
      max?: number;
      step?: number;
      unit?: string;
      /** The payload is the number. */
      action: SurfaceAction;
    }
  | { kind: 'stat'; label: string; value: string }
  | { kind: 'button'; label: string; action: SurfaceAction }
  | { kind: 'custom'; rendererId: string; payload: unknown };

/** UI described as data by a plugin. */
export interface Surface {
  id: string;
  region: string;
  title: string;
  fields: Field[];
}
export interface CatalogEntry {
  id: string;
  region: string;
  title: string;
  scope: 'global' | 'conversation';
}
/** Payload of the known custom renderer `table`. */
export interface TablePayload {
  columns: string[];
  rows: (string | number | boolean)[][];
}
