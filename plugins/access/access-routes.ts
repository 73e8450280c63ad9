import { Config, inject, plugin } from 'dispatch/kernel';
import * as z from 'zod';
import { Answer, HttpError, openRoute, type Refusal, type Route, type RouteGroup, Routes, route } from '../transport-http/contract.js';
import { cookieHeader } from './cookie.js';
import { Gate, type TokenGate } from './gate.js';
import { launchMs } from './launch-codes.js';
import { unauthorized } from './refusals.js';
import { sessionMs } from './sessions.js';

const refused = ({ status, error, code, headers }: Refusal) => new HttpError(status, error, { code, headers });

/** Letting browsers in, and taking everything back. */
@plugin({ id: 'access-routes', version: '0.1.0', provides: Routes })
export class AccessRoutes implements RouteGroup {
  private readonly secure: boolean;

  constructor(
    @inject(Gate) private readonly gate: TokenGate,
    @inject(Config) config: Config,
  ) {
    this.secure = config.value('access.https') === true;
  }

  readonly routes: readonly Route[] = [
    openRoute(
      route({
        method: 'GET',
        path: '/launch',
        summary: 'Lets the browser in that opens the printed address: a cookie, and on to the page',
        query: z.object({ code: z.string().optional() }),
        errors: [401, 429],
        handle: ({ query: { code = '' }, incoming }) => {
          if (!incoming || incoming.method === 'HEAD')
            throw new HttpError(405, '/launch is opened with GET', { headers: { Allow: 'GET' } });
          // Opened again by the browser that is in already.
          const cookie = this.gate.hasSession(incoming) ? undefined : this.exchanged(code, incoming);
          return new Answer(undefined, { status: 303, headers: { Location: '/', ...cookie } });
        },
      }),
    ),
    openRoute(
      route({
        method: 'POST',
        path: '/access/login',
        summary: 'Exchanges a launch code for the cookie of a session',
        body: z.unknown().meta({ id: 'LoginRequest', examples: [{ code: 'the printed one' }] }), // who brings anything but a good code is told the same, whatever it is
        bodyOptional: true,
        answer: z.object({ ok: z.literal(true) }).meta({ id: 'LoginAnswer' }),
        errors: [401, 429],
        handle: ({ body, incoming }) => {
          const code = z.object({ code: z.string() }).safeParse(body).data?.code ?? '';
          if (!incoming) throw refused(unauthorized);
          return new Answer({ ok: true }, { headers: this.exchanged(code, incoming) });
        },
      }),
    ),
    route({
      method: 'GET',
      path: '/access/session',
      summary: 'By what the one who asks was let in',
      answer: z.object({ letInBy: z.enum(['off', 'same-user', 'token', 'session']) }).meta({ id: 'SessionAnswer' }),
      handle: ({ incoming }) => ({ letInBy: incoming ? this.gate.letInBy(incoming) : 'off' }),
    }),
    route({
      method: 'POST',
      path: '/access/launch',
      summary: 'A new launch code, to let one more browser in',
      answer: z.object({ path: z.string(), expiresInMs: z.number() }).meta({ id: 'LaunchAnswer' }),
      handle: () => ({ path: this.gate.launchPath(), expiresInMs: launchMs }),
    }),
    route({
      method: 'POST',
      path: '/access/rotate',
      summary: 'Replaces the token; ends every session and closes what they let in',
      answer: z.object({ tokenFile: z.string(), token: z.string().optional() }).meta({ id: 'RotateAnswer' }),
      errors: [409],
      handle: ({ incoming }) => {
        if (!incoming) throw refused(unauthorized);
        const by = this.gate.letInBy(incoming);
        const { tokenFile } = this.gate;
        const token = this.gate.rotate(incoming);
        if (token === undefined || tokenFile === undefined)
          throw new HttpError(409, 'this server keeps no token of its own: change DISPATCH_TOKEN and start it again', {
            code: 'token_given',
          });
        // A page never gets to see the token.
        const body = by === 'session' ? { tokenFile } : { tokenFile, token };
        return new Answer(body, { headers: { Connection: 'close' } });
      },
    }),
  ];

  /** The cookie for a good code; throws for any other. */
  private exchanged(code: string, incoming: NonNullable<Parameters<TokenGate['redeem']>[1]>): { 'Set-Cookie': string } {
    const result = code === '' ? unauthorized : this.gate.redeem(code, incoming);
    if ('status' in result) throw refused(result);
    return { 'Set-Cookie': cookieHeader(this.gate.cookieName, result.cookie, { maxAgeS: sessionMs / 1_000, secure: this.secure }) };
  }
}
