import { keySettings } from './addresses.js';
import type { Assignment } from './layers.js';

const secretName = /key$|token|secret|passw|authorization|cookie/i;
/** Members that say where a key is, not what it is. */
const harmless = /^apiKey(Env|File)$/;

/** Every text in an assignment that nobody may be shown. */
export function secretsIn({ path, value }: Pick<Assignment, 'path' | 'value'>): string[] {
  if (keySettings.includes(path)) return textsIn(value);
  if (['credentials.', 'plugins.settings.', 'mcpServers.', 'lsp.servers.'].some((start) => path.startsWith(start))) return membersIn(value);
  if (/\.(baseUrl|transcriberUrl)$/.test(path)) return userinfoIn(value);
  return [];
}

function membersIn(value: unknown): string[] {
  if (typeof value === 'string') return userinfoIn(value);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, each]) => {
    if (harmless.test(name)) return [];
    return name === 'headers' || secretName.test(name) ? textsIn(each) : membersIn(each);
  });
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

function userinfoIn(value: unknown): string[] {
  const match = typeof value === 'string' ? /^[a-z]+:\/\/([^/?#@]+)@/i.exec(value) : null;
  return match ? [match[1] as string, ...(match[1] as string).split(':').slice(1)] : [];
}

/** A value with each secret replaced by `***`, however deep it lies. */
export function masked(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return secrets.reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, '***')), value);
  if (Array.isArray(value)) return value.map((each) => masked(each, secrets));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, masked(each, secrets)]));
  return value;
}
