import { isAbsolute, relative, sep } from 'node:path';
import type { Position } from 'vscode-languageserver-protocol/node';
import { type Encoding, toCharacter } from './positions.js';
import type { NamedPlace, Problem } from './shapes.js';

/** What servers say, as text for a model. All pure. */

const severities = { 1: 'error', 2: 'warning', 3: 'information', 4: 'hint' } as const;
const kinds =
  'file,module,namespace,package,class,method,property,field,constructor,enum,interface,function,variable,constant,string,number,boolean,array,object,key,null,enum member,struct,event,operator,type parameter'.split(
    ',',
  );

/** Without characters that a terminal would act on. */
export const clean = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  text.replace(/\r\n?/g, '\n').replace(/\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '');
const oneLine = (text: string): string =>
  clean(text)
    .replace(/\s*\n\s*/g, ' ')
    .trim();

/** A path below a directory, with `/`; as it is outside of it. */
export function shownPath(path: string, directory: string): string {
  if (!isAbsolute(path)) return clean(path);
  const below = relative(directory, path);
  return clean(below === '' || below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? path : below.split(sep).join('/'));
}

/** `line:character`, both from 1. Without the text of the line, what the server counts stands for characters. */
export const spot = ({ line, character }: Position, text: string | undefined, encoding: Encoding): string =>
  `${line + 1}:${text === undefined ? character + 1 : toCharacter(text, character, encoding)}`;

export const bySeverity = (a: Problem, b: Problem): number =>
  a.severity - b.severity ||
  a.range.start.line - b.range.start.line ||
  a.range.start.character - b.range.start.character ||
  (a.message < b.message ? -1 : 1);

/** `line:character error TS2322: words`; further lines are indented. */
export function problemLine(problem: Problem, lines: readonly string[], encoding: Encoding): string {
  const { range, severity, code, source, message } = problem;
  const name = [source, code].filter((part) => part !== undefined).join(' ');
  const words = clean(message).trim().replace(/\n+/g, '\n  ');
  return `${spot(range.start, lines[range.start.line] ?? '', encoding)} ${severities[severity]}${name ? ` [${oneLine(name)}]` : ''}: ${words}`;
}

/** `2 errors, 1 warning`. */
export function countOf(problems: readonly Problem[]): string {
  return ([1, 2, 3, 4] as const)
    .map((severity) => ({ word: severities[severity], count: problems.filter((each) => each.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => `${count} ${word}${count === 1 || word === 'information' ? '' : 's'}`)
    .join(', ');
}

export function symbolLine({ name, kind, detail, range, depth }: NamedPlace, lines: readonly string[], encoding: Encoding): string {
  const at = spot(range.start, lines[range.start.line] ?? '', encoding);
  return `${'  '.repeat(depth)}${at} ${kinds[kind - 1] ?? 'symbol'} ${oneLine(name)}${detail ? `  ${oneLine(detail)}` : ''}`;
}

/** As many lines as there is room for, and how many there are beyond. */
export function fitted(lines: readonly string[], { most, budget }: { most: number; budget: number }): string {
  const shown: string[] = [];
  let spent = 0;
  for (const line of lines) {
    spent += line.length + 1;
    if (shown.length >= most || (spent > budget && shown.length > 0)) break;
    shown.push(line.slice(0, budget));
  }
  const more = lines.length - shown.length;
  return [...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n');
}
