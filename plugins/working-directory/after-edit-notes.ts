import { type Clock, type Logger, messageOf } from 'dispatch/kernel';
import type { AfterEdit, FileEdit } from './contract.js';

/** How long a tool's answer waits for those who look at changed files, in milliseconds. */
const patienceMs = 10_000;
/** Characters that one of them may say. */
const mostSaid = 8_000;

/**
 * What those who look at changed files say, side by side; who takes too long, or throws, is left out. Each text comes
 * with a line end before it.
 */
export async function notesOn(
  edit: FileEdit,
  watchers: readonly AfterEdit[],
  { clock, logger }: { clock: Clock; logger: Logger },
): Promise<string> {
  if (watchers.length === 0) return '';
  const over = new AbortController();
  const stop = () => over.abort();
  edit.signal.addEventListener('abort', stop);
  if (edit.signal.aborted) stop();
  const notes: (string | undefined)[] = [];
  const asked = watchers.map(async (watcher, i) => {
    try {
      notes[i] = await watcher.afterEdit({ ...edit, signal: over.signal });
    } catch (thrown) {
      if (!over.signal.aborted) logger.warn(`a plugin failed to look at a changed file: ${messageOf(thrown)}`);
    }
  });
  await Promise.race([Promise.all(asked), clock.sleep(patienceMs, over.signal)]);
  edit.signal.removeEventListener('abort', stop);
  stop();
  return watchers.map((_, i) => spoken(notes[i])).join('');
}

const spoken = (note: unknown): string => {
  if (typeof note !== 'string' || note.trim() === '') return '';
  return `\n${note.length > mostSaid ? `${note.slice(0, mostSaid)}…` : note.trimEnd()}`;
};
