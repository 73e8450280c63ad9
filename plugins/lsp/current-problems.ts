import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { isObject } from './definition.js';
import type { OpenDocument } from './documents.js';
import type { Pushed } from './pushed-diagnostics.js';
import { NoAnswer, type Session } from './session.js';
import { type Problem, problemsIn } from './shapes.js';
import { asksTypeScript, typeScriptProblems } from './typescript-problems.js';

export interface Found {
  problems: readonly Problem[];
  /** Whether the server has seen the text as it is now; else these are the last it said, if anything. */
  fresh: boolean;
}

interface Limits {
  limitMs: number;
  signal: AbortSignal;
}

/** Some servers publish in parts: after a publication it has to be quiet for so long, in milliseconds. */
const quietMs = 250;
/** How long a change of one file is given to show in the diagnostics of another, where servers only publish. */
const spreadMs = 1_000;
const againMs = 100;

/** What a server says of a document's text as it is now, as soon as it does, and after the limit at the latest. */
export async function currentProblems(session: Session, document: OpenDocument, { limitMs, signal }: Limits): Promise<Found> {
  const until = performance.now() + limitMs;
  let pulls = true;
  for (;;) {
    const pushed = session.pushed.of(document.path);
    const left = until - performance.now();
    if (left <= 0 || signal.aborted || session.why !== undefined) return { problems: pushed?.problems ?? [], fresh: false };
    if (pulls && asks(session)) {
      const answer = await pulled(session, document, { limitMs: left, signal });
      if (answer === 'never') pulls = false;
      else if (answer === 'again') await wait(Math.min(againMs, left), undefined, { ref: false });
      else if (answer) return { problems: merged(answer, freshlyPushed(session, document)), fresh: true };
      continue;
    }
    if (!pushed || !answers(pushed, document)) await session.heard(left, signal);
    else {
      const rest = Math.min(left, restOf(session, pushed));
      if (rest <= 0) return { problems: pushed.problems, fresh: true };
      await session.heard(rest, signal);
    }
  }
}

const asks = (session: Session): boolean => asksTypeScript(session) || session.offers('diagnosticProvider', 'textDocument/diagnostic');
const answers = ({ serial, version }: Pushed, document: OpenDocument): boolean =>
  serial > document.since && (version === undefined || version >= document.version);

/** Milliseconds until what was published may be believed. */
function restOf({ documents }: Session, { at }: Pushed): number {
  const now = performance.now();
  const spreading = at < documents.changedAt ? documents.changedAt + spreadMs - now : 0;
  return Math.max(at + quietMs - now, spreading);
}

/** The server's answer; undefined when none came in time. */
async function pulled(session: Session, { path }: OpenDocument, limits: Limits): Promise<Problem[] | 'again' | 'never' | undefined> {
  try {
    if (asksTypeScript(session)) return await typeScriptProblems(session, path, limits);
    const report = await session.ask('textDocument/diagnostic', { textDocument: { uri: pathToFileURL(path).href } }, limits);
    return problemsIn(isObject(report) ? report.items : undefined);
  } catch (thrown) {
    if (thrown instanceof NoAnswer || limits.signal.aborted || session.why !== undefined) return undefined;
    // The text, or something it depends on, changed meanwhile; anything else will not be better next time.
    return [-32_802, -32_801].includes((thrown as { code?: number }).code ?? 0) ? 'again' : 'never';
  }
}

/** What was published since the text is what it is; TypeScript publishes in parts what it also answers as a whole. */
function freshlyPushed(session: Session, document: OpenDocument): readonly Problem[] {
  const pushed = session.pushed.of(document.path);
  return pushed && answers(pushed, document) && !asksTypeScript(session) ? pushed.problems : [];
}

/** Both, what is the same once. Pure. */
export function merged(...lists: readonly (readonly Problem[])[]): Problem[] {
  const seen = new Map<string, Problem>();
  for (const problem of lists.flat()) {
    const { range, severity, code, message } = problem;
    const key = JSON.stringify([range.start.line, range.start.character, range.end.line, range.end.character, severity, code, message]);
    if (!seen.has(key)) seen.set(key, problem);
  }
  return [...seen.values()];
}
