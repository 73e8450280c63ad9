import { isIP } from 'node:net';
import type { Config } from 'dispatch/kernel';

/**
 * A base URL fit to be used with or without a key: http(s), without user info, its trailing slashes and fragment taken
 * off. Plain http with a key is allowed only to hosts that are near, and to `plainHttpHosts`. Throws an error that says
 * what would be right.
 */
export function checkedBaseURL(text: string, withKey: boolean, plainHttpHosts: readonly string[]): string {
  const trimmed = text.trim();
  if (!URL.canParse(trimmed)) throw new Error('its base URL is no address: it should look like https://host/v1');
  const url = new URL(trimmed);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new Error(`its base URL begins with ${url.protocol}: only https: (or http: nearby) will do`);
  if (url.username !== '' || url.password !== '')
    throw new Error('its base URL holds a user name or password: give the key as the API key instead');
  if (url.protocol === 'http:' && withKey && !isNear(url.hostname) && !isAmong(url.hostname, plainHttpHosts))
    throw new Error(
      `its base URL would send the key unencrypted to ${url.hostname}: use https (http is only for this machine, private networks and the hosts in provider.plainHttpHosts)`,
    );
  url.hash = '';
  if (url.search !== '') throw new Error('its base URL has a query (the part after "?"): leave that off');
  return url.href.replace(/\/+$/, '');
}

/** Hosts that the user lets keys be sent to in the clear. */
export const plainHttpHosts = (config: Config): readonly string[] =>
  (config.value('provider.plainHttpHosts') as readonly string[] | undefined) ?? [];

const isAmong = (hostname: string, hosts: readonly string[]): boolean => hosts.some((host) => host.toLowerCase() === hostname);

/** A key as it may stand in a header. Throws an error that never shows it. */
export function checkedApiKey(text: string): string {
  const key = text.trim();
  if (key === '') throw new Error('its API key is empty');
  if (/^(["']).*\1$/.test(key)) throw new Error('its API key is in quotation marks: leave them off');
  if (!/^[\x21-\x7e]+$/.test(key)) throw new Error('its API key holds spaces, line ends or characters that no key has: copy it again');
  return key;
}

/** Whether it stays on this machine. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' ||
  host.endsWith('.localhost') ||
  host === '[::1]' ||
  host === '0.0.0.0' ||
  (isIP(host) === 4 && host.startsWith('127.'));

/** The rule that the configuration has for its own addresses (`config/base-url.ts`). */
function isNear(host: string): boolean {
  if (isLoopback(host) || /\.(local|lan|internal|home\.arpa)$/.test(host)) return true;
  if (!/[.:]/.test(host)) return true; // a name of the local network
  if (host.startsWith('[')) return /^\[f[cd][0-9a-f]{2}:/i.test(host) || /^\[fe[89ab][0-9a-f]:/i.test(host);
  if (isIP(host) !== 4) return false;
  const [a = 0, b = 0] = host.split('.').map(Number);
  return a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168);
}
