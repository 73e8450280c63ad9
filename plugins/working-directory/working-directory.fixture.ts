import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolAnswer, ToolContext } from 'dispatch/kernel';
import { quietLogger, testClock, testConfig } from 'dispatch/testing';
import type { AfterEdit } from './contract.js';
import { WorkingDirectory } from './working-directory.js';

/** A folder of its own, with working files as a server has them; `dataDir` is below it. */
export function workingFolder(name: string, dataDir = 'data') {
  const base = realpathSync(mkdtempSync(join(tmpdir(), `dispatch-${name}-`)));
  const clock = testClock();
  const logger = quietLogger();
  return {
    base,
    clock,
    logger,
    remove: () => rmSync(base, { recursive: true, force: true }),
    files: (allow: readonly string[] = [], watchers: readonly AfterEdit[] = []) =>
      new WorkingDirectory(testConfig({ dataDir: join(base, dataDir), 'tools.allowProtected': allow }), clock, logger, watchers),
    context: (fields: Partial<ToolContext> = {}): ToolContext => ({
      ...{ conversationId: 'c', turnId: 't', toolCallId: 'k', cwd: base, readableRoots: [] },
      signal: new AbortController().signal,
      output: () => undefined,
      ...fields,
    }),
  };
}

export const textOf = (answer: ToolAnswer): string => (typeof answer === 'string' ? answer : answer.content);
