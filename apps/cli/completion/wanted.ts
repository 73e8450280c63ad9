import type { Command, Taken } from '../commands/command.js';
import { valued, wordsOf } from '../wrong-usage.js';

/** What the last word can be: something the server or the configuration knows, what the grammar says, or a file. */
export type Wanted = Taken | 'status' | 'model-or-verb' | 'grammar' | 'file';

const values: Readonly<Record<string, Wanted>> = {
  conversation: 'conversation',
  workspace: 'workspace',
  status: 'status',
  effort: 'grammar',
};

/** What fits in the place of the last word of an unfinished command line. */
export function wanted(words: readonly string[], commands: readonly Command[]): Wanted {
  const [before, current] = [words.slice(0, -1), words.at(-1) ?? ''];
  const flag = /^--(.+)/.exec(before.at(-1) ?? '')?.[1];
  if (flag !== undefined && valued.includes(flag)) return values[flag] ?? 'file';
  if (current.startsWith('-')) return 'grammar';
  const [verb, ...rest] = wordsOf(before);
  if (verb === undefined) return 'model-or-verb';
  const command = commands.find(({ name }) => name === verb);
  if (command?.name === 'chat' && rest.length === 0) return 'model';
  const place = command?.verbs ? 1 : 0;
  return command?.takes && rest.length === place ? command.takes : 'grammar';
}
