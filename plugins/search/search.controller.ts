import { inject, plugin } from 'dispatch/kernel';
import type { SearchAnswer, SearchHit } from 'dispatch/wire';
import * as z from 'zod';
import { conversationIdPattern } from '../conversation-store/contract.js';
import { HttpError, type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { Search, type SearchQuestion, SearchRefused } from './contract.js';

const longest = 1_000;
const most = 100;
const limitWords = `a whole number from 1 to ${most}`;

const query = z.object({
  q: z.string('say what to look for: ?q=words').max(longest, `a search takes ${longest} characters at most`),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, limitWords)
    .transform(Number)
    .pipe(z.number().min(1, limitWords).max(most, limitWords))
    .default(20),
  cursor: z.string().optional(),
  workspaceId: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'a workspace id has 1 to 40 of a-z, 0-9 and "-"')
    .optional(),
  conversationId: z
    .string()
    .regex(conversationIdPattern, 'a conversation id has 1 to 200 characters, none of them a control character')
    .optional(),
});
const count = z.number().int().min(0);
const answer = wire<SearchAnswer>('SearchAnswer')(
  z.object({
    hits: z.array(
      wire<SearchHit>('SearchHit')(
        z.object({
          conversationId: z.string(),
          title: z.string(),
          workspaceId: z.string(),
          seq: count.min(1),
          role: z.enum(['system', 'user', 'assistant', 'tool']),
          at: count.optional(),
          snippet: z.string(),
          marks: z.array(z.tuple([count, count])),
        }),
      ),
    ),
    cursor: z.string().optional(),
    indexing: z.literal(true).optional(),
  }),
);

@plugin({ id: 'search-routes', version: '0.1.0', provides: Routes })
export class SearchController implements RouteGroup {
  readonly routes: readonly Route[] = [
    route({
      method: 'GET',
      path: '/search',
      summary: 'Finds what was said in all conversations, newest first',
      query,
      answer,
      handle: ({ query: { q, ...rest } }) => this.find({ text: q, ...rest }),
    }),
  ];

  constructor(@inject(Search) private readonly search: Search) {}

  private async find(question: SearchQuestion): Promise<SearchAnswer> {
    try {
      return await this.search.find(question);
    } catch (thrown) {
      if (thrown instanceof SearchRefused) throw new HttpError(400, thrown.message, { code: 'bad_search' });
      throw thrown;
    }
  }
}
