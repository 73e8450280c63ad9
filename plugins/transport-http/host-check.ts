import type { Refusal } from './contract.js';

/** A host as `Host` names it: spelt as a URL would spell it, so that equal hosts are equal texts. */
export interface NamedHost {
  /** Lower case; an IPv6 literal in brackets. */
  name: string;
  /** Undefined when none is given. */
  port?: number;
}

const spelling = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_][a-z0-9._-]*)(?::(\d{1,5}))?$/i;

/** Reads `name`, `name:port`, `1.2.3.4:port` or `[::1]:port`; undefined when it is none of them. */
export function parseHost(text: string): NamedHost | undefined {
  const match = spelling.exec(text);
  if (!match) return undefined;
  try {
    const name = new URL(`http://${text}`).hostname.replace(/\.$/, '');
    if (name === '') return undefined;
    return match[1] === undefined ? { name } : { name, port: Number(match[1]) };
  } catch {
    return undefined;
  }
}

/** Whether a host, spelt as `parseHost` does, can only be this machine. */
export const isLoopback = (name: string): boolean =>
  name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name) || /^\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]$/.test(name);

/** What a configured address or name is as a host; undefined for «every address», which names none. */
export function configuredHost(text: string): NamedHost | undefined {
  const bare = text.trim();
  const host = parseHost(bare.includes(':') && /^[0-9a-f:.]+$/i.test(bare) ? `[${bare}]` : bare);
  return host && host.name !== '0.0.0.0' && host.name !== '[::]' ? host : undefined;
}

/** What of a request tells for which host it is meant. */
export interface HostFacts {
  /** Names and values in turn, as they came. */
  rawHeaders: readonly string[];
  /** The request target. */
  url: string;
}

/** The host a request is meant for, or why it is refused: a page that rebinds its DNS name must not get in. */
export function checkHost(facts: HostFacts, allowed: readonly NamedHost[]): NamedHost | Refusal {
  const given = facts.rawHeaders.filter((_, at, all) => at % 2 === 1 && all[at - 1]?.toLowerCase() === 'host');
  if (given.length === 0) return bad('the request has no Host header: send one');
  if (given.length > 1) return bad('the request has more than one Host header: send one');
  const host = parseHost(given[0] as string);
  if (!host) return bad('the Host header is malformed: it must be a name or an address, and maybe a port');
  if (!isAllowed(host, allowed))
    return forbidden(`the host "${host.name}" is not one of this server's names: add it to DISPATCH_ALLOWED_HOSTS`);
  const target = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(facts.url);
  if (!target) return host;
  const other = parseHost(target[1] as string);
  if (!other) return bad('the host in the request target is malformed');
  if (other.name !== host.name || other.port !== host.port)
    return forbidden('the request target names another host than the Host header: they must be the same');
  return host;
}

const isAllowed = (host: NamedHost, allowed: readonly NamedHost[]): boolean =>
  isLoopback(host.name) || allowed.some(({ name, port }) => name === host.name && (port === undefined || port === (host.port ?? 80)));

const bad = (error: string): Refusal => ({ status: 400, code: 'bad_host', error });
const forbidden = (error: string): Refusal => ({ status: 403, code: 'foreign_host', error });
