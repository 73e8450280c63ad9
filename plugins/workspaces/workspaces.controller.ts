import { isAbsolute, resolve } from 'node:path';
import { inject, plugin } from 'dispatch/kernel';
import type * as W from 'dispatch/wire';
import * as z from 'zod';
import { HttpError, type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { WorkspaceRefused, type WorkspaceSettings, Workspaces, workspaceIdPattern } from './contract.js';

const params = z.object({ id: z.string().regex(workspaceIdPattern, 'a workspace id has 1 to 40 of a-z, 0-9 and "-"') });
const title = z
  .string()
  .max(500)
  .meta({ examples: ['My workspace'] })
  .transform((text) => text.replace(/\s+/g, ' ').trim())
  .refine((text) => text !== '', 'a title cannot be blank');
const defaultCwd = z
  .string()
  .max(4096)
  .refine((path) => isAbsolute(path) && !path.includes('\0'), 'must be an absolute path, such as /home/me/project; null clears it')
  .meta({ examples: ['/home/me/project'] })
  .transform((path) => resolve(path))
  .nullable();

const fields = { id: z.string(), title: z.string(), defaultCwd: z.string().nullable(), createdAt: z.number(), lastActivityAt: z.number() };
const answer = wire<W.Workspace>('Workspace')(z.object(fields));
const listAnswer = wire<W.WorkspacesAnswer>('WorkspacesAnswer')(
  z.object({ workspaces: z.array(z.object({ ...fields, conversationCount: z.number().int() })) }),
);
const deleted = wire<W.WorkspaceDeleted>('WorkspaceDeleted')(z.object({ workspaceId: z.string(), closedCount: z.number().int() }));
const firstBody = wire<W.WorkspaceRequest>('WorkspaceRequest')(z.object({ title: title.optional(), defaultCwd: defaultCwd.optional() }));
const titleBody = wire<W.TitleRequest>('WorkspaceTitleRequest')(z.object({ title }));
const cwdBody = wire<W.DefaultCwdRequest>('DefaultCwdRequest')(z.object({ defaultCwd }));
const path = '/workspaces/:id';

@plugin({ id: 'workspaces-routes', version: '0.1.0', provides: Routes })
export class WorkspacesController implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(@inject(Workspaces) private readonly workspaces: Workspaces) {
    this.routes = [
      route({
        method: 'GET',
        path: '/workspaces',
        summary: 'All workspaces, newest activity first',
        answer: listAnswer,
        handle: async () => ({ workspaces: await workspaces.list() }),
      }),
      route({
        method: 'GET',
        path,
        summary: 'One workspace',
        params,
        answer,
        errors: [404],
        handle: async ({ params: { id } }) => (await workspaces.find(id)) ?? missing(id),
      }),
      route({
        method: 'PUT',
        path,
        summary: 'Makes a workspace on first use; one that is there stays as it is',
        params,
        body: firstBody,
        bodyOptional: true,
        answer,
        handle: ({ params: { id }, body }) => workspaces.keep(id, body),
      }),
      route({
        method: 'PUT',
        path: `${path}/title`,
        summary: 'Sets its title',
        params,
        body: titleBody,
        answer,
        errors: [404],
        handle: ({ params, body }) => this.change(params.id, body),
      }),
      route({
        method: 'PUT',
        path: `${path}/default-cwd`,
        summary: 'Sets the directory its conversations work in; null clears it',
        params,
        body: cwdBody,
        answer,
        errors: [404],
        handle: ({ params, body }) => this.change(params.id, body),
      }),
      route({
        method: 'DELETE',
        path,
        summary: 'Closes its conversations, moves them to "default" and removes it',
        params,
        answer: deleted,
        errors: [404, 409],
        handle: ({ params }) => this.remove(params.id),
      }),
    ];
  }

  private async change(id: string, settings: Partial<WorkspaceSettings>): Promise<W.Workspace> {
    return (await this.workspaces.change(id, settings)) ?? missing(id);
  }

  private async remove(workspaceId: string): Promise<W.WorkspaceDeleted> {
    try {
      return { workspaceId, closedCount: (await this.workspaces.remove(workspaceId)) ?? missing(workspaceId) };
    } catch (thrown) {
      if (thrown instanceof WorkspaceRefused) throw new HttpError(409, thrown.message, { code: thrown.code });
      throw thrown;
    }
  }
}

function missing(id: string): never {
  throw new HttpError(404, `there is no workspace "${id}"; PUT /workspaces/${id} makes it`);
}
