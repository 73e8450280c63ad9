import { resolve } from 'node:path';
import { wouldLeakKey } from './base-url.js';
import { isWorldReadable, openKeyFile } from './config-file.js';
import { cleaned, type Variable } from './environment.js';
import type { Chosen } from './layers.js';
import type { CredentialEntry } from './schema.js';

export interface KeySources {
  variables: ReadonlyMap<string, Variable>;
  readKeyFile(path: string, base: string): string;
  warnings: string[];
  problems: string[];
  /** Hosts that the user lets keys be sent to in the clear. */
  plainHttpHosts: readonly string[];
}

/**
 * A credential with its key in its place: fetched from the variable or the file that it names. Where there is none the
 * entry stays as it is, a path made absolute: whoever uses it says why it cannot.
 */
export function withKey(entry: CredentialEntry, { path, origin }: Chosen, sources: KeySources): CredentialEntry {
  const { apiKeyEnv, apiKeyFile, ...rest } = entry;
  const apiKey = entry.apiKey ?? fetched(entry, origin.base, sources);
  checkAddress(`${path}.baseURL (from ${origin.text})`, entry.baseURL, apiKey, sources);
  if (apiKey !== undefined) return { ...rest, apiKey };
  return apiKeyFile === undefined ? entry : { ...entry, apiKeyFile: resolve(origin.base, apiKeyFile) };
}

function fetched({ apiKeyEnv, apiKeyFile }: CredentialEntry, base: string, sources: KeySources): string | undefined {
  if (apiKeyEnv !== undefined) return sources.variables.get(apiKeyEnv)?.value;
  if (apiKeyFile === undefined) return undefined;
  try {
    return cleaned(sources.readKeyFile(apiKeyFile, base));
  } catch {
    return undefined;
  }
}

/** Refuses to send a key in the clear across other people's networks; says so when an address looks unfinished. */
export function checkAddress(
  where: string,
  address: string | undefined,
  apiKey: string | undefined,
  { warnings, problems, plainHttpHosts }: Pick<KeySources, 'warnings' | 'problems' | 'plainHttpHosts'>,
  wantsPath = true,
): void {
  if (address === undefined) return;
  if (apiKey !== undefined && wouldLeakKey(address, plainHttpHosts))
    problems.push(
      `${where} is http:// to another network, where everybody on the way could read the key: use https:// (or name the host in provider.plainHttpHosts)`,
    );
  if (wantsPath && new URL(address).pathname === '/') warnings.push(`${where} has no path; most providers want /v1 at its end`);
}

/** Reads a key file, and warns when it lies open. */
export function keyFileReader(home: string, read: (path: string) => string, warnings: string[]) {
  return (path: string, base: string): string => {
    const whole = resolve(base, path.replace(/^~(?=\/|$)/, home));
    const text = read(whole);
    if (isWorldReadable(whole)) warnings.push(openKeyFile(whole));
    return text;
  };
}
