/** A message as it came: an object with a `type`. */
export type ClientText = { readonly type: string } & Readonly<Record<string, unknown>>;

/** How deep values may be nested in a message. */
const maxDepth = 64;
/** How many members and elements a message may have in all. */
const maxValues = 50_000;

/** Reads the text of a message; answers why not when it is no JSON object with a `type`. */
export function readMessage(text: string): ClientText | string {
  const tooMuch = text.length > maxDepth ? excess(text) : undefined;
  if (tooMuch) return tooMuch;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'the message is not JSON: send one JSON object a text frame';
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'the message is not a JSON object: send { "type": … }';
  if (typeof (value as Record<string, unknown>).type !== 'string') return 'the message has no "type": say what it is';
  return value as ClientText;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

/** One pass over the text, so that no nesting and no number of values costs more than its length. */
function excess(text: string): string | undefined {
  let depth = 0;
  let values = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inText) {
      if (code === backslash) at++;
      else if (code === quote) inText = false;
    } else if (code === quote) inText = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) return `the message is nested deeper than ${maxDepth} levels: flatten it`;
    } else if (code === 0x7d || code === 0x5d) depth--;
    else if (code === comma && ++values > maxValues) return `the message has more than ${maxValues} values: send less`;
  }
  return undefined;
}
