import { realpath } from 'node:fs/promises';
import { Config, inject, plugin } from 'dispatch/kernel';
import { type AfterEdit, AfterEdits, type FileEdit, WorkingFiles } from '../working-directory/contract.js';
import { currentProblems } from './current-problems.js';
import type { Document } from './documents.js';
import type { LanguageServer } from './language-server.js';
import { LspServers } from './lsp-servers.js';
import { linesOf } from './positions.js';
import { plain, stampNow } from './read-document.js';
import { seeFiles } from './see-files.js';
import type { Session } from './session.js';
import { settingsFrom } from './settings.js';
import { bySeverity, fitted, problemLine, shownPath } from './show.js';

/** Errors of the file that are told, and characters of all that is. */
const mostErrors = 20;
const budget = 6_000;
/** Other open files that are asked about, and milliseconds for that. */
const mostOthers = 10;
const othersMs = 1_000;

interface Errors {
  lines: string[];
  /** Paths of other open files with errors, and how many. */
  others: Map<string, number>;
}

/** Appends to a tool's answer what is now wrong in the file that it has changed, within a time limit. */
@plugin({ id: 'lsp-after-edit', version: '0.1.0', provides: AfterEdits })
export class LspAfterEdit implements AfterEdit {
  private readonly limitMs: number;

  constructor(
    @inject(Config) config: Config,
    @inject(LspServers) private readonly servers: LspServers,
    @inject(WorkingFiles) private readonly files: WorkingFiles,
  ) {
    this.limitMs = settingsFrom(config).afterEditMs;
  }

  async afterEdit({ cwd, path, content, signal }: FileEdit): Promise<string | undefined> {
    const until = performance.now() + this.limitMs;
    const directory = await realpath(cwd);
    const { servers } = await this.servers.forFile(directory, path);
    const usable = servers.filter((server) => !server.slow);
    if (usable.length === 0) return undefined;
    const stamp = (await stampNow(path)) ?? '';
    const document: Document = { path, shown: shownPath(path, directory), text: plain(content), stamp };
    const found = await Promise.all(
      usable.map((server) => this.errors(server, document, { cwd, until, signal }).catch((): Errors => ({ lines: [], others: new Map() }))),
    );
    return told(document, directory, found);
  }

  private errors(
    server: LanguageServer,
    document: Document,
    { cwd, until, signal }: { cwd: string; until: number; signal: AbortSignal },
  ): Promise<Errors> {
    const left = () => Math.max(0, until - performance.now());
    return server.use(left(), signal, async (session) => {
      await seeFiles(session, document, this.files, cwd);
      const open = session.documents.of(document.path);
      if (!open) return { lines: [], others: new Map() };
      const { problems, fresh } = await currentProblems(session, open, { limitMs: left(), signal });
      // What is not of this very text may long be mended.
      const errors = fresh ? problems.filter(({ severity }) => severity === 1).sort(bySeverity) : [];
      const lines = linesOf(document.text);
      const others = fresh ? await otherErrors(session, document.path, { limitMs: Math.min(othersMs, left()), signal }) : new Map();
      return { lines: errors.map((error) => problemLine(error, lines, session.encoding)), others };
    });
  }
}

async function otherErrors(session: Session, path: string, limits: { limitMs: number; signal: AbortSignal }): Promise<Map<string, number>> {
  const others = session.documents.all().filter((each) => each.path !== path);
  const counted = await Promise.all(
    others.slice(-mostOthers).map(async (document) => {
      const { problems, fresh } = await currentProblems(session, document, limits);
      return [document.path, fresh ? problems.filter(({ severity }) => severity === 1).length : 0] as const;
    }),
  );
  return new Map(counted.filter(([, count]) => count > 0));
}

/** What of that is told; undefined when nothing is wrong. Pure. */
export function told({ shown }: Pick<Document, 'shown'>, directory: string, found: readonly Errors[]): string | undefined {
  const lines = [...new Set(found.flatMap((each) => each.lines))];
  const others = new Map(found.flatMap((each) => [...each.others]));
  const parts: string[] = [];
  if (lines.length > 0) parts.push(`Errors in ${shown} as it is now (${lines.length}):\n${fitted(lines, { most: mostErrors, budget })}`);
  const named = [...others].map(([path, count]) => `${shownPath(path, directory)} (${count})`).sort();
  if (named.length > 0) parts.push(`Other open files with errors: ${named.join(', ')}`);
  return parts.length > 0 ? parts.join('\n') : undefined;
}
