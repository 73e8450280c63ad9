import { HttpError, type RouteGroup, Routes, route, z } from 'dispatch/contracts';
import { plugin } from 'dispatch/kernel';

/** `GET /dice/:count?sides=6`: rolls so many dice. Whoever asks was let in before; the document at `/openapi.json` has it. */
@plugin({ id: 'dice-route', version: '1.0.0', engine: '^0.1.0', provides: Routes })
export default class DiceRoute implements RouteGroup {
  readonly routes = [
    route({
      method: 'GET',
      path: '/dice/:count',
      summary: 'Rolls dice',
      params: z.object({ count: z.coerce.number().int().min(1) }),
      query: z.object({ sides: z.coerce.number().int().min(2).default(6) }),
      answer: z.object({ rolled: z.array(z.number()) }),
      errors: [422],
      handle: ({ params: { count }, query: { sides } }) => {
        if (count > 100) throw new HttpError(422, `${count} dice do not fit on the table: roll at most 100`, { code: 'table_full' });
        return { rolled: Array.from({ length: count }, () => 1 + Math.floor(Math.random() * sides)) };
      },
    }),
  ];
}
