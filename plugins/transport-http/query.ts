import { HttpError } from './contract.js';

const bad = (message: string) => new HttpError(400, message, { code: 'bad_query' });

/** Splits a request target into its path and what follows the question mark. */
export function splitTarget(target: string): { path: string; query: string } {
  const at = target.indexOf('?');
  return at < 0 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at + 1) };
}

/** Reads a query text. Throws 400 for a parameter that comes twice, and for what is not percent-encoded UTF-8. */
export function parseQuery(text: string): Record<string, string> {
  const query: Record<string, string> = {};
  if (text === '') return query;
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode(at < 0 ? pair : pair.slice(0, at));
    if (name === '__proto__' || name === 'constructor') throw bad(`the query parameter "${name}" is not allowed`);
    if (Object.hasOwn(query, name)) throw bad(`the query parameter "${name}" comes more than once: send it once`);
    query[name] = at < 0 ? '' : decode(pair.slice(at + 1));
  }
  return query;
}

function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw bad('the query is not valid percent-encoding: encode it with encodeURIComponent');
  }
}
