const longest = 366 * 24 * 3600 * 1000;

/**
 * Milliseconds the provider asks to wait, from `retry-after-ms` or `Retry-After` (seconds or an HTTP date). Undefined
 * for garbage, and for what is absurd (negative, more than a year).
 */
export function retryAfterMs(headers: { get(name: string): string | null }, now: number): number | undefined {
  const exact = sane(number(headers.get('retry-after-ms')));
  if (exact !== undefined) return exact;
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  const seconds = number(text);
  if (seconds !== undefined) return sane(seconds * 1000);
  if (!/[a-z]{3}.*\d{4}/i.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : sane(Math.max(0, date - now));
}

const number = (text: string | null): number | undefined => (text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined);

const sane = (ms: number | undefined): number | undefined => (ms !== undefined && ms >= 0 && ms <= longest ? Math.round(ms) : undefined);
