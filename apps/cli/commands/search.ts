import type { SearchAnswer, SearchHit } from 'dispatch/wire';
import { theConversation } from '../chat/find-conversation.js';
import { usageError } from '../cli-error.js';
import type { Client, SearchQuestion } from '../client.js';
import { cut, shortLength } from '../terminal/rows.js';
import { jsonLine, safeLine } from '../terminal/safe-text.js';
import type { Screen } from '../terminal/screen.js';
import { type Command, parsing, wholeNumber } from './command.js';

/** Hits that one question of the server brings at most. */
const pageOf = 100;
const usual = 20;
/** Columns of a title. */
const titled = 30;

/** `dispatch search <words>`: rows `short id | title | seq | what stands there`, newest first. */
export const search: Command = {
  name: 'search',
  add: (line, runs) =>
    line.command(
      'search <words..>',
      'Search the messages: words, "a phrase", beginn*; -without stands after --',
      (own) =>
        own
          .parserConfiguration({ ...parsing, 'duplicate-arguments-array': true }) // or of several words the last one counts
          .positional('words', { type: 'string', array: true, demandOption: true, describe: 'What to look for' })
          .option('workspace', { type: 'string', nargs: 1, describe: 'Only in this workspace' })
          .option('conversation', { type: 'string', nargs: 1, describe: 'Only in this one; its id, or its beginning' })
          .option('limit', { type: 'string', nargs: 1, describe: `So many hits at most; ${usual} when not said` }),
      runs(async ({ words, workspace, conversation, limit }, { client, screen }) => {
        const q = words.join(' ').trim();
        if (q === '') throw usageError('there is nothing to search for: give one word at least');
        const most = wholeNumber(limit, 'limit') ?? usual;
        const conversationId = conversation === undefined ? undefined : await theConversation(conversation, client, screen);
        const answer = await found({ q, workspaceId: workspace, conversationId }, most, client);
        if (screen.json) return screen.raw(jsonLine(answer));
        show(answer.hits, screen);
        if (answer.hits.length === 0) screen.note('nothing found');
        if (answer.cursor !== undefined) screen.note(`there may be more: --limit shows more than ${most}`, 'dim');
        if (answer.indexing) screen.note('what was said a moment ago is not searched yet', 'dim');
      }),
    ),
};

/** A page may be short, even empty, and not the last. */
async function found(question: SearchQuestion, most: number, client: Client): Promise<SearchAnswer> {
  const hits: SearchHit[] = [];
  for (let cursor: string | undefined; ; ) {
    const answer = await client.search({ ...question, cursor, limit: Math.min(pageOf, most - hits.length) });
    hits.push(...answer.hits);
    cursor = answer.cursor;
    if (cursor === undefined || hits.length >= most) return { ...answer, hits };
  }
}

function show(hits: readonly SearchHit[], screen: Screen): void {
  const short = shortLength([...new Set(hits.map(({ conversationId }) => conversationId))]);
  for (const { conversationId, title, seq, snippet, marks } of hits) {
    screen.text(`${safeLine(conversationId.slice(0, short))} | ${cut(safeLine(title), titled)} | ${seq} | `);
    let at = 0;
    for (const [start, end] of marks) {
      screen.text(safeLine(snippet.slice(at, start)));
      screen.text(safeLine(snippet.slice(start, end)), 'bold');
      at = end;
    }
    screen.text(safeLine(snippet.slice(at)));
    screen.fresh();
  }
}
