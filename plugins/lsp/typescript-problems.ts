import { pathToFileURL } from 'node:url';
import { isObject } from './definition.js';
import type { AskOptions, Session } from './session.js';
import { type Problem, problemsIn } from './shapes.js';

const command = 'typescript.tsserverRequest';

/**
 * The TypeScript server only publishes, in parts and not at all when a clean file stays clean: there is no telling when it
 * is done. What it passes on to the compiler's own server is answered at once, and as a whole.
 */
export const asksTypeScript = (session: Pick<Session, 'runs'>): boolean => session.runs(command);

export async function typeScriptProblems(session: Session, path: string, options: AskOptions): Promise<Problem[]> {
  const file = pathToFileURL(path).href;
  const answers = await Promise.all(
    ['syntacticDiagnosticsSync', 'semanticDiagnosticsSync'].map((request) =>
      session.ask('workspace/executeCommand', { command, arguments: [request, { file }] }, options),
    ),
  );
  return answers.flatMap(fromCompiler);
}

const severities: Readonly<Record<string, number>> = { error: 1, warning: 2, message: 3, suggestion: 4 };

/** The compiler's diagnostics, which count lines and columns from 1, as the protocol has them. Throws when it has none. Pure. */
export function fromCompiler(answer: unknown): Problem[] {
  if (!isObject(answer) || !Array.isArray(answer.body)) throw new Error('the compiler gave no diagnostics');
  return problemsIn(
    answer.body.map((each: unknown) => {
      if (!isObject(each)) return undefined;
      const { start, end, text, code, category } = each;
      const severity = severities[String(category)] ?? 1;
      return { range: { start: place(start), end: place(end) }, message: text, code, severity, source: 'typescript' };
    }),
  );
}

const place = (at: unknown): unknown =>
  isObject(at) && typeof at.line === 'number' && typeof at.offset === 'number'
    ? { line: at.line - 1, character: at.offset - 1 }
    : undefined;
