import { diffArrays } from 'diff';
import { type Model, modelOf, resemblance } from './similarity.js';

/** Characters of a file that are compared, so that a vast one holds nobody up. */
const mostCompared = 400_000;
/** Lines of what is sought that are compared. */
const mostAnchors = 3;
const mostShown = 24;
const widest = 200;
/** Below this nothing is said to resemble. */
const least = 0.5;

/** Why a text does not hold what is sought, with the lines that come nearest: those of the file numbered. */
export function nearestLines(whole: string, sought: string): string {
  const text = whole.slice(0, mostCompared);
  const why = reasonOf(text, sought.slice(0, mostCompared));
  const lines = text.split(/\r?\n/);
  const wanted = sought.replace(/\r?\n$/, '').split(/\r?\n/);
  const start = bestStart(lines, wanted);
  if (start === undefined) return why ? `it ${why}` : unlike(whole);
  const window = lines.slice(start, start + wanted.length);
  const visible = why?.includes('white space') ?? false;
  const range = window.length > 1 ? `lines ${start + 1} to ${start + window.length}` : `line ${start + 1}`;
  const said = why ? `it ${why}` : 'it differs from the file';
  return `${said}. The nearest is ${range} ("-" is oldString, "+" is the file${visible ? ', · a space, → a tab' : ''}):\n${compared(wanted, window, start, visible)}`;
}

const unlike = (whole: string): string =>
  whole.length > mostCompared
    ? `nothing in the first ${mostCompared.toLocaleString('en')} characters of the file resembles it; read the file again`
    : 'nothing in the file resembles it; read the file again';

const reasons: readonly [reason: string, fold: (text: string) => string][] = [
  ['has line ends of another kind (CRLF) than the file (LF)', (text) => text.replaceAll('\r\n', '\n')],
  ['differs from the file in white space only', (text) => text.replace(/\s+/g, ' ').trim()],
  ['differs from the file in white space only', (text) => text.replace(/\s+/g, '')],
  ['differs from the file in upper and lower case only', (text) => text.replace(/\s+/g, '').toLowerCase()],
  ['differs from the file in look-alike characters (quotes, dashes, accents)', (text) => plain(text.replace(/\s+/g, ''))],
];

/** What keeps a text from being found, as far as that is one simple thing. */
function reasonOf(text: string, sought: string): string | undefined {
  const unnumbered = sought.replace(/^\s*\d+: ?/gm, '');
  if (unnumbered !== sought && unnumbered.trim() !== '' && within(text, unnumbered, (each) => each.replace(/\s+/g, '')))
    return 'holds the line numbers that read_file puts before each line; leave them out';
  const unescaped = sought.replace(/\\([ntr"'\\])/g, (_, c: string) => ({ n: '\n', t: '\t', r: '\r' })[c] ?? c);
  if (unescaped !== sought && text.includes(unescaped))
    return 'is escaped once too often (it holds a backslash and "n" instead of a line end)';
  return reasons.find(([, fold]) => within(text, sought, fold))?.[0];
}

function within(text: string, sought: string, fold: (text: string) => string): boolean {
  const needle = fold(sought);
  return needle !== '' && fold(text).includes(needle);
}

const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[‘’‚‛′]/g, "'")
    .replace(/[“”„‟″]/g, '"')
    .replace(/[‐-―−]/g, '-');

/** Where the lines begin that resemble the wanted ones most, if any do. */
function bestStart(lines: readonly string[], wanted: readonly string[]): number | undefined {
  const anchors = wanted
    .map((line, offset): { offset: number; model: Model } => ({ offset, model: modelOf(line) }))
    .filter(({ model }) => model.count > 0)
    .sort((a, b) => b.model.count - a.model.count)
    .slice(0, mostAnchors);
  if (anchors.length === 0) return undefined;
  const scores = new Map<number, number>();
  for (const [i, line] of lines.entries()) {
    for (const { offset, model } of anchors) {
      const start = i - offset;
      if (start >= 0) scores.set(start, (scores.get(start) ?? 0) + resemblance(model, line));
    }
  }
  let best: number | undefined;
  let top = least * anchors.length;
  for (const [start, score] of scores) {
    if (score <= top) continue;
    top = score;
    best = start;
  }
  return best;
}

/** The two side by side; lines that differ in their indentation are told apart. */
function compared(wanted: readonly string[], window: readonly string[], start: number, visible: boolean): string {
  const width = String(start + window.length).length;
  const shown: string[] = [];
  let number = start + 1;
  for (const { value, added, removed } of diffArrays([...wanted], [...window])) {
    for (const line of value) {
      const text = clipped(visible && (added || removed) ? withBlanks(line) : line);
      shown.push(removed ? `-${' '.repeat(width)}  ${text}` : `${added ? '+' : ' '}${String(number++).padStart(width)}: ${text}`);
    }
  }
  const rest = shown.length - mostShown;
  return [...shown.slice(0, mostShown), ...(rest > 0 ? [`[${rest} more lines]`] : [])].join('\n');
}

const clipped = (line: string): string => (line.length > widest ? `${line.slice(0, widest)}…` : line);
const withBlanks = (line: string): string =>
  line.replace(/^\s+|\s+$|\t| {2,}/g, (blanks) => blanks.replaceAll(' ', '·').replaceAll('\t', '→'));
