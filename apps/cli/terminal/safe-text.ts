/**
 * What must not reach a terminal from a model: control characters but tab and line end, marks that turn the direction
 * of writing, odd line ends, and letters that nobody sees.
 */
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const steering = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)/gu;

const code = (character: string): string => {
  const point = character.codePointAt(0) ?? 0;
  const hex = point.toString(16);
  if (point <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return point <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
};

/** The text with everything that could steer a terminal or mislead the eye spelt out: ESC becomes `\x1b`. */
export const safeText = (text: string): string => text.replaceAll('\r\n', '\n').replace(unsafe, code);

/**
 * For a file or another program: the text as it is, but for control characters. Those are spelt out here too, since a
 * pipe often ends on a terminal: `| head`, `| tee`. With `--json` nothing is lost.
 */
export const pipedText = (text: string): string => text.replace(steering, code);

/** As `safeText`, on one line. */
export const safeLine = (text: string): string => safeText(text).replace(/[\n\t]+/g, ' ');

/** One line of JSON, the same value, with nothing in it that a terminal could take for an order. */
export const jsonLine = (value: unknown): string =>
  (JSON.stringify(value) ?? 'null').replace(unsafe, (character) =>
    [...Array(character.length).keys()].map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
