import { inject, Logger, messageOf, plugin } from 'dispatch/kernel';
import type { ActionRequest, Surface, SurfaceQuery, SurfacesAnswer } from 'dispatch/wire';
import * as z from 'zod';
import { HttpError, type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { type SurfaceGroup, SurfaceGroups, type SurfaceProvider, Surfaces, SurfaceUpdates } from './contract.js';
import { SurfaceProblem } from './surface-problem.js';
import { catalogSchema, surfaceSchema } from './surface-schema.js';
import { SurfaceShelf } from './surface-shelf.js';

const id = z.string().min(1).max(200);
const scope = wire<SurfaceQuery>('SurfaceQuery')(z.object({ conversationId: id.optional() }));
const actionBody = wire<ActionRequest>('ActionRequest')(z.object({ payload: z.unknown().optional(), conversationId: id.optional() }));
const statuses = { unknown: 404, payload: 400, refused: 409, broken: 500 } as const;

/** Surfaces over HTTP: the same data as over sockets, asked for once. */
@plugin({ id: 'surface-registry-routes', version: '0.1.0', provides: Routes })
export class SurfaceRoutes implements RouteGroup {
  readonly routes: readonly Route[];
  private readonly shelf: SurfaceShelf;

  constructor(
    @inject(Surfaces) surfaces: readonly SurfaceProvider[],
    @inject(SurfaceGroups) groups: readonly SurfaceGroup[],
    @inject(SurfaceUpdates) private readonly updates: SurfaceUpdates,
    @inject(Logger) logger: Logger,
  ) {
    this.shelf = new SurfaceShelf(surfaces, groups, (what, thrown) => logger.error(`${what}: ${messageOf(thrown)}`));
    this.routes = [
      route({
        method: 'GET',
        path: '/surfaces',
        summary: 'The surfaces there are',
        answer: catalogSchema,
        handle: (): SurfacesAnswer => ({ catalog: this.shelf.catalog() }),
      }),
      route({
        method: 'GET',
        path: '/surfaces/:id',
        summary: 'One surface as it is now',
        params: z.object({ id }),
        query: scope,
        answer: surfaceSchema,
        errors: [404],
        handle: ({ params, query }) => this.show(params.id, query.conversationId),
      }),
      ...['/surfaces/:id/actions/:actionId', '/surfaces/:id/actions/:group/:actionId'].map((path) =>
        route({
          method: 'POST',
          path,
          summary: 'Carry out an action of a surface; answers the surface as it is then. An id may have a slash in it',
          params: z.object({ id, actionId: id, group: id.optional() }),
          body: actionBody,
          bodyOptional: true,
          answer: surfaceSchema,
          errors: [404, 409],
          handle: ({ params: { group, actionId, ...of }, body = {} }) =>
            this.act(of.id, group === undefined ? actionId : `${group}/${actionId}`, body),
        }),
      ),
    ];
  }

  private show(surfaceId: string, conversationId?: string): Promise<Surface> {
    return answered(async () => (await this.shelf.render(surfaceId, conversationId)).surface);
  }

  private act(surfaceId: string, actionId: string, { payload, conversationId }: z.infer<typeof actionBody>): Promise<Surface> {
    return answered(async () => {
      await this.shelf.act(surfaceId, actionId, payload, conversationId);
      this.updates.changed(surfaceId, this.shelf.scope(surfaceId) === 'global' ? undefined : conversationId);
      return (await this.shelf.render(surfaceId, conversationId)).surface;
    });
  }
}

async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof SurfaceProblem)) throw thrown;
    throw new HttpError(statuses[thrown.code], thrown.message, {
      code: thrown.code === 'payload' ? 'bad_schema' : `surface_${thrown.code}`,
    });
  }
}
