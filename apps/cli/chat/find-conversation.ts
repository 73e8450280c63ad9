import type { ConversationMeta } from 'dispatch/wire';
import { failure, usageError } from '../cli-error.js';
import type { Client } from '../client.js';
import { rows } from '../terminal/rows.js';
import type { Screen } from '../terminal/screen.js';

/** The conversation whose id begins so, and is the only one; undefined when there is none. Several: a list and an error. */
export async function conversationLike(prefix: string, client: Client, screen: Screen): Promise<string | undefined> {
  if (prefix.trim() === '') throw usageError('the conversation id is empty');
  const { conversations } = await client.conversations({ q: prefix });
  const found = conversations.filter(({ id }) => id.startsWith(prefix));
  if (found.some(({ id }) => id === prefix)) return prefix;
  if (found.length > 1) {
    show(found, screen);
    throw failure(`${found.length} conversations begin with "${prefix}"; give more of the id`);
  }
  return found[0]?.id;
}

/** As `conversationLike`; none: a list of the newest ones and an error. */
export async function theConversation(prefix: string, client: Client, screen: Screen): Promise<string> {
  const id = await conversationLike(prefix, client, screen);
  if (id !== undefined) return id;
  const { conversations } = await client.conversations({});
  show(conversations, screen);
  throw failure(`no conversation begins with "${prefix}"`);
}

function show(conversations: readonly ConversationMeta[], screen: Screen): void {
  for (const row of rows(conversations.slice(0, 10), Date.now(), screen.columns)) screen.note(row);
}
