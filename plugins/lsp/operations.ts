import { pathToFileURL } from 'node:url';
import { currentProblems, merged } from './current-problems.js';
import type { Document } from './documents.js';
import type { LanguageServer } from './language-server.js';
import { linesOf, toUnits } from './positions.js';
import type { Session } from './session.js';
import { hoverText, type Problem, placesIn, symbolsIn } from './shapes.js';
import { bySeverity, clean, countOf, fitted, problemLine, shownPath, spot, symbolLine } from './show.js';

export const operations = ['diagnostics', 'hover', 'definition', 'references', 'documentSymbol'] as const;
export type Operation = (typeof operations)[number];

/** One question about one file. */
export interface Question {
  operation: Operation;
  document: Document;
  /** From 1; there for what asks about a place. */
  line?: number;
  character?: number;
  directory: string;
  /** Milliseconds for a request, and for diagnostics. */
  requestMs: number;
  diagnosticsMs: number;
  /** Characters of the answer at most. */
  budget: number;
  signal: AbortSignal;
  /** Makes the server see the file, and whatever of its other open files has changed since. */
  show(session: Session): Promise<unknown>;
  /** The lines of another file of the working directory; undefined when it may not be read. */
  linesOf(path: string): Promise<readonly string[] | undefined>;
}

const most = { problems: 200, places: 200, symbols: 500 };
const longestLine = 160;
/** Files whose lines are shown beside places. */
const mostFiles = 50;

const providers = {
  hover: ['hoverProvider', 'textDocument/hover'],
  definition: ['definitionProvider', 'textDocument/definition'],
  references: ['referencesProvider', 'textDocument/references'],
  documentSymbol: ['documentSymbolProvider', 'textDocument/documentSymbol'],
} as const;

/** What a server answers, as text; undefined when it has nothing to say. Rejects with why there is no answer. */
export function answerOf(server: LanguageServer, question: Question): Promise<string | undefined> {
  const { operation, requestMs, diagnosticsMs, signal } = question;
  const limitMs = operation === 'diagnostics' ? diagnosticsMs : requestMs;
  return server.use(limitMs, signal, async (session, leftMs) => {
    await question.show(session);
    if (operation === 'diagnostics') return diagnostics(session, question, leftMs);
    const [provider, method] = providers[operation];
    if (!session.offers(provider, method)) return undefined;
    const result = await session.ask(method, paramsOf(session, question), { limitMs: leftMs, signal });
    if (operation === 'hover') return cut(clean(hoverText(result)), question.budget) || undefined;
    if (operation === 'documentSymbol') return symbols(session, result, question);
    return places(session, result, question);
  });
}

async function diagnostics(session: Session, { document, signal, budget }: Question, limitMs: number): Promise<string> {
  const open = session.documents.of(document.path);
  if (!open) throw new Error('it was closed again: too many files are in use at once');
  const { problems, fresh } = await currentProblems(session, open, { limitMs, signal });
  const note = fresh ? '' : `\n(the server has not answered for the text as it is now within ${Math.round(limitMs)} ms; ask again later)`;
  if (problems.length === 0) return fresh ? `${document.shown}: no problems` : `${document.shown}: nothing is known yet${note}`;
  return listed(problems, document, session, budget) + note;
}

function listed(problems: readonly Problem[], { shown, text }: Document, { encoding }: Session, budget: number): string {
  const sorted = merged(problems).sort(bySeverity);
  const lines = linesOf(text);
  const rows = sorted.map((problem) => problemLine(problem, lines, encoding));
  return `${shown}: ${countOf(sorted)}\n${fitted(rows, { most: most.problems, budget })}`;
}

function symbols({ encoding }: Session, result: unknown, { document, budget }: Question): string | undefined {
  const lines = linesOf(document.text);
  const rows = symbolsIn(result).map((symbol) => symbolLine(symbol, lines, encoding));
  return rows.length === 0 ? undefined : fitted(rows, { most: most.symbols, budget });
}

async function places({ encoding }: Session, result: unknown, question: Question): Promise<string | undefined> {
  const { directory, budget } = question;
  const found = placesIn(result)
    .map((place) => ({ ...place, shown: shownPath(place.path, directory) }))
    .sort(
      (a, b) =>
        (a.shown === b.shown ? 0 : a.shown < b.shown ? -1 : 1) ||
        a.range.start.line - b.range.start.line ||
        a.range.start.character - b.range.start.character,
    );
  const files = [...new Set(found.slice(0, most.places).map(({ path }) => path))].slice(0, mostFiles);
  const texts = new Map(await Promise.all(files.map(async (path) => [path, await question.linesOf(path)] as const)));
  const rows = found.map(({ path, shown, range }) => {
    const line = texts.get(path)?.[range.start.line];
    const words = line === undefined ? '' : `  ${cut(clean(line).trim(), longestLine)}`;
    return `${shown}:${spot(range.start, line, encoding)}${words}`;
  });
  return rows.length === 0 ? undefined : fitted([...new Set(rows)], { most: most.places, budget });
}

function paramsOf(session: Session, { operation, document, line = 1, character = 1 }: Question): unknown {
  const textDocument = { uri: pathToFileURL(document.path).href };
  if (operation === 'documentSymbol') return { textDocument };
  const text = linesOf(document.text)[line - 1] ?? '';
  const position = { line: line - 1, character: toUnits(text, character, session.encoding) };
  return { textDocument, position, ...(operation === 'references' && { context: { includeDeclaration: true } }) };
}

const cut = (text: string, budget: number): string => (text.length <= budget ? text : `${text.slice(0, budget)}…`);
