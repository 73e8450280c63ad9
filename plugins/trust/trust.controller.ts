import { isAbsolute } from 'node:path';
import { Config, inject, plugin } from 'dispatch/kernel';
import * as z from 'zod';
import { Conversations, conversationIdPattern } from '../conversation-store/contract.js';
import { HttpError, type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { directoryOf, Trust, TrustRefused, type TrustView } from './contract.js';

const absolute = z.string().min(1).max(4096).refine(isAbsolute, 'must be an absolute path');
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal digits');
const place = { kind: z.string(), path: z.string() };
const file = z.discriminatedUnion('state', [
  z.object({ ...place, file: z.string(), state: z.enum(['trusted', 'waiting']), hash: z.string(), summary: z.array(z.string()) }),
  z.object({ ...place, file: z.string(), state: z.literal('refused'), reason: z.string() }),
]);
const answer = wire<TrustView>('TrustView')(
  z.object({
    directory: z.string(),
    files: z.array(file),
    absent: z.array(z.object({ ...place, hash: z.string(), trustedAt: z.number().int() })),
  }),
);
const trustBody = z.strictObject({ directory: absolute, hashes: z.array(hash).min(1).max(1000) }).meta({ id: 'TrustRequest' });

@plugin({ id: 'trust-routes', version: '0.1.0', provides: Routes })
export class TrustController implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(@inject(Trust) trust: Trust, @inject(Conversations) conversations: Conversations, @inject(Config) config: Config) {
    this.routes = [
      route({
        method: 'GET',
        path: '/trust',
        summary: 'What a directory brings that would run something, and what of it is trusted',
        query: z.object({ cwd: absolute.optional() }),
        answer,
        errors: [404],
        handle: ({ query }) => trust.view(query.cwd ?? config.text('cwd')).catch(refuse),
      }),
      route({
        method: 'GET',
        path: '/conversations/:id/trust',
        summary: "The same for a conversation's working directory",
        params: z.object({ id: z.string().regex(conversationIdPattern, 'must be 1 to 200 characters, none of them a control character') }),
        answer,
        handle: async ({ params }) => {
          const directory = await directoryOf(params.id, conversations, config);
          return trust.view(directory).catch((thrown: unknown) => {
            if (thrown instanceof TrustRefused && thrown.code === 'directory') return { directory, files: [], absent: [] };
            throw thrown;
          });
        },
      }),
      route({
        method: 'POST',
        path: '/trust',
        summary: 'Trust contents that a directory brings, by their hashes',
        body: trustBody,
        answer,
        errors: [404, 409],
        handle: ({ body }) => trust.trust(body.directory, body.hashes).catch(refuse),
      }),
      route({
        method: 'DELETE',
        path: '/trust',
        summary: 'Take trust back: from some contents (hashes, separated by commas), or from all of a directory',
        query: z.strictObject({
          directory: absolute,
          hashes: z
            .string()
            .transform((text) => text.split(','))
            .pipe(z.array(hash))
            .optional(),
        }),
        answer,
        errors: [404],
        handle: ({ query }) => trust.revoke(query.directory, query.hashes).catch(refuse),
      }),
    ];
  }
}

const statuses = { changed: 409, directory: 404 } as const;

function refuse(thrown: unknown): never {
  if (thrown instanceof TrustRefused) throw new HttpError(statuses[thrown.code], thrown.message, { code: thrown.code });
  throw thrown;
}
