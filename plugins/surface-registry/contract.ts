import { type Service, type Slot, service, slot } from 'dispatch/kernel';
import type { CatalogEntry, Surface } from 'dispatch/wire';
import type { ZodType, z } from 'zod';

/** What a client may ask of a surface. */
export interface SurfaceAction<P = unknown> {
  /** What the payload must be; a client that sends none sends `undefined`. */
  readonly schema: ZodType<P>;
  /** Throw `ActionRefused` for what the client should be told. The surface is shown anew afterwards. */
  run(payload: P, conversationId?: string): unknown;
}

/** Keeps an action's schema and its type together; a surface wants the erased form. */
export function surfaceAction<S extends ZodType>(spelt: {
  schema: S;
  run(payload: z.infer<S>, conversationId?: string): unknown;
}): SurfaceAction {
  return spelt as unknown as SurfaceAction;
}

/** One surface: UI described as data. */
export interface SurfaceProvider {
  readonly entry: CatalogEntry;
  /**
   * The surface as it is now; its id is that of the entry. A surface of scope `conversation` is asked for the
   * conversation of whoever looks, which is undefined when the client named none.
   */
  render(conversationId?: string): Surface | Promise<Surface>;
  /** By action id. */
  readonly actions?: Readonly<Record<string, SurfaceAction>>;
}
export const Surfaces: Slot<SurfaceProvider> = slot<SurfaceProvider>('dispatch.surface[]');

/** Surfaces that one plugin has several of, or that come and go. */
export interface SurfaceGroup {
  /** As they are now; asked for often, so it has to be cheap. */
  surfaces(): readonly SurfaceProvider[];
}
export const SurfaceGroups: Slot<SurfaceGroup> = slot<SurfaceGroup>('dispatch.surface-group[]');

/** Told by plugins when what they show has changed. */
export interface SurfaceUpdates {
  /**
   * Shows the surface anew to those who look at it: to those of this conversation, or without one to all. Cheap, and
   * fine to call often: what happens in one tick is shown once, and what looks the same is not sent again.
   */
  changed(surfaceId: string, conversationId?: string): void;
}
export const SurfaceUpdates: Service<SurfaceUpdates> = service<SurfaceUpdates>('dispatch.surface-updates');

/** An action is not carried out. Say what is wrong and what would be right: the client is told these words. */
export class ActionRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ActionRefused';
  }
}
