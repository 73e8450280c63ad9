import type { Refusal } from './contract.js';
import { isLoopback, type NamedHost } from './host-check.js';

/** Scheme, host and port of a page. */
export interface Origin {
  /** With its colon: `https:`. */
  scheme: string;
  name: string;
  port: number;
}

const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Reads an origin; undefined for `null`, and for whatever has a path, a user or anything more than an origin has. */
export function parseOrigin(text: string): Origin | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s]+$/i.test(text)) return undefined;
  try {
    const { protocol: scheme, hostname, port } = new URL(text);
    return { scheme, name: hostname.replace(/\.$/, ''), port: port === '' ? (defaultPorts[scheme] ?? 0) : Number(port) };
  } catch {
    return undefined;
  }
}

export interface OriginPolicy {
  /** Origins named in the configuration. */
  origins: readonly Origin[];
  /** Ports of development servers: pages of this machine on them are let in. */
  devPorts: readonly number[];
}

export interface OriginFacts {
  /** The `Origin` header. */
  origin?: string;
  /** The `Sec-Fetch-Site` header. */
  site?: string;
  /** What the request is meant for, already found good. */
  host: NamedHost;
  /** The port it came in on. */
  localPort?: number;
  /** The port our own page is served on; a socket may stand on another. */
  pagePort?: number;
}

/** Why a page may not ask; undefined when it may, or when no page asks. */
export function checkOrigin(facts: OriginFacts, policy: OriginPolicy): Refusal | undefined {
  const origin = facts.origin === undefined ? undefined : parseOrigin(facts.origin);
  const invited = origin !== undefined && isInvited(origin, policy);
  if (facts.origin !== undefined && !invited && !(origin && isOwn(origin, facts)))
    return refuse('pages of this origin may not use this server: add it to DISPATCH_ALLOWED_ORIGINS');
  if (facts.site === 'cross-site' && !invited) return refuse('a page of another site asked for this: open the page of this server instead');
  return undefined;
}

/** Named in the configuration, or a development server of this machine. A page of it is cross-site, and welcome. */
const isInvited = (origin: Origin, { origins, devPorts }: OriginPolicy): boolean =>
  origins.some((each) => each.scheme === origin.scheme && each.name === origin.name && each.port === origin.port) ||
  (origin.scheme === 'http:' && isLoopback(origin.name) && devPorts.includes(origin.port));

/** The page came from this server: from the very host that was asked, or from this machine under its other name. */
const isOwn = (origin: Origin, { host, localPort, pagePort }: OriginFacts): boolean => {
  if (origin.scheme !== 'http:') return false;
  const oneMachine = isLoopback(origin.name) && isLoopback(host.name);
  if (oneMachine && (origin.port === localPort || origin.port === pagePort)) return true;
  return origin.name === host.name && (origin.port === (host.port ?? 80) || origin.port === pagePort);
};

const refuse = (error: string): Refusal => ({ status: 403, code: 'foreign_origin', error });
