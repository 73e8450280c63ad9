import { isIP } from 'node:net';
import { type AddressKind, addressKind } from './address-kind.js';

/** An address is not asked for; the message says why, and is fit for the model. */
export class AddressRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AddressRefused';
  }
}

const localEndings = ['localhost', 'localdomain', 'local', 'lan', 'internal', 'intranet', 'home', 'corp', 'private', 'home.arpa'];

/**
 * Where a URL leads by its host alone; undefined for a name that only the DNS can tell about. Numbers in any spelling
 * (decimal, hex, octal, short, full-width) have become plain addresses by the time they are a `URL`.
 */
export function hostKind(url: URL): AddressKind | undefined {
  const host = url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.+$/, '')
    .toLowerCase();
  if (isIP(host) !== 0) return addressKind(host);
  if (host === 'localhost' || host.endsWith('.localhost')) return 'loopback';
  // A name without a dot is one of the local network.
  if (!host.includes('.') || localEndings.some((ending) => host.endsWith(`.${ending}`))) return 'private';
  return undefined;
}

/** Reads what should be the address of a web page. Throws an `AddressRefused`. */
export function webAddress(text: string): URL {
  const trimmed = text.trim();
  if (!URL.canParse(trimmed)) throw new AddressRefused(`${quoted(trimmed)} is no address: it should look like https://example.com/page`);
  const url = new URL(trimmed);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new AddressRefused(`${quoted(trimmed)} begins with ${url.protocol}: only http: and https: are asked for`);
  if (url.username !== '' || url.password !== '')
    throw new AddressRefused(`the address of ${url.host} holds a user name or password: leave that out`);
  return url;
}

const quoted = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
