/**
 * The patterns that `plugins.settings` → `tool-read-file` → `allow` lists: names that may be opened although they look
 * like secrets. Throws when it is anything but a list of texts.
 */
export function allowedSecrets(settings: unknown): readonly string[] {
  const own = entry(settings, 'tool-read-file');
  const allow = entry(own, 'allow');
  if (allow === undefined) return [];
  if (Array.isArray(allow) && allow.every((each) => typeof each === 'string' && each !== '')) return allow;
  throw new Error('plugins.settings: "tool-read-file".allow must be a list of patterns such as [".env.test", "certs/*.pem"]');
}

const entry = (from: unknown, key: string): unknown =>
  from !== null && typeof from === 'object' ? (from as Record<string, unknown>)[key] : undefined;
