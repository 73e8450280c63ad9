import { isUtf8 } from 'node:buffer';
import { HttpError } from './contract.js';

/** How deep values may be nested in a body, unless the configuration says otherwise. */
export const maxDepth = 64;
/** How many members and elements a body may have in all; what takes long to parse is refused before it is. */
export const maxValues = 50_000;

const bad = (message: string) => new HttpError(400, message, { code: 'bad_json' });

/** Reads a request body. Throws an `HttpError` 400 `bad_json` for whatever is not one plain, well-formed JSON text. */
export function parseJsonBody(bytes: Buffer, depth = maxDepth): unknown {
  if (bytes.length === 0) throw bad('the body is empty: send JSON');
  if (!isUtf8(bytes)) throw bad('the body is not valid UTF-8: send JSON in UTF-8');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    throw bad('the body starts with a byte order mark: send JSON without one');
  const members = measure(bytes, depth);
  const text = bytes.toString('utf8');
  const value = parse(text);
  const found = inspect(value, text.includes('\\u'));
  if (found !== members) throw bad('an object in the body has the same key twice: name each key once');
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bad('the body is not JSON: check its quotes, commas and brackets');
  }
}

/** One pass over the bytes, so that no nesting and no number of values costs more than their length; counts members. */
function measure(bytes: Buffer, deepest: number): number {
  let depth = 0;
  let members = 0;
  let elements = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inText) {
      if (byte === 0x5c) at++;
      else if (byte === 0x22) inText = false;
    } else if (byte === 0x22) inText = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > deepest) throw bad(`the body is nested deeper than ${deepest} levels: flatten it`);
    } else if (byte === 0x7d || byte === 0x5d) depth--;
    else if (byte === 0x3a) members++;
    else if (byte === 0x2c && ++elements > maxValues) throw bad(`the body has more than ${maxValues} values: send less`);
  }
  return members;
}

/** Refuses keys that reach for prototypes, and text no UTF-8 can carry; answers how many members there are. */
function inspect(value: unknown, escapes: boolean): number {
  if (typeof value === 'string') checkText(value, escapes);
  if (value === null || typeof value !== 'object') return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + inspect(each, escapes), 0);
  let members = 0;
  for (const [key, each] of Object.entries(value)) {
    if (key === '__proto__' || key === 'constructor') throw bad(`the body has the key "${key}", which is not allowed`);
    checkText(key, escapes);
    members += 1 + inspect(each, escapes);
  }
  return members;
}

function checkText(text: string, escapes: boolean): void {
  if (escapes && /\p{Surrogate}/u.test(text)) throw bad('a text in the body has half of a surrogate pair: send whole characters');
}
