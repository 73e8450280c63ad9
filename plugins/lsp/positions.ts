/** What a server counts within a line. */
export type Encoding = 'utf-16' | 'utf-8' | 'utf-32';

/** Lines as the protocol cuts them. */
export const linesOf = (text: string): string[] => text.split(/\r\n|\n|\r/);

/** Units of the server before a character (from 1, each emoji one); past the end of the line means its end. Pure. */
export function toUnits(line: string, character: number, encoding: Encoding): number {
  let units = 0;
  let at = 1;
  for (const each of line) {
    if (at >= character) break;
    units += unitsOf(each, encoding);
    at++;
  }
  return units;
}

/** The character (from 1) that a server means; within a character it is that one. Pure. */
export function toCharacter(line: string, units: number, encoding: Encoding): number {
  let seen = 0;
  let at = 1;
  for (const each of line) {
    seen += unitsOf(each, encoding);
    if (seen > units) break;
    at++;
  }
  return at;
}

function unitsOf(character: string, encoding: Encoding): number {
  if (encoding === 'utf-16') return character.length;
  return encoding === 'utf-8' ? Buffer.byteLength(character) : 1;
}
