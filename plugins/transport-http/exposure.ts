import { isLoopback } from './host-check.js';

/**
 * Why a server may not listen like that; undefined when it may. Whoever is let in can run commands as the user of this
 * server, so whatever it cannot guard it does not open. Pure.
 */
export function exposureProblem(host: string, auth: string): string | undefined {
  if (auth === 'off') return undefined;
  if (auth === 'token') return 'tokens cannot be checked yet: set DISPATCH_AUTH=same-user (on loopback) or, knowingly, DISPATCH_AUTH=off';
  if (isLoopback(host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host)) return undefined;
  return `listening on ${host} would let anybody who reaches it run commands as you: keep DISPATCH_HOST on 127.0.0.1 and put a proxy or a tunnel in front, or set DISPATCH_AUTH=off if that is what you want`;
}
