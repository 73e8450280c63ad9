import { Clock, inject, plugin } from 'dispatch/kernel';
import type { SearchAnswer, SearchHit } from 'dispatch/wire';
import { Database } from '../storage-sqlite/contract.js';
import { Search, type SearchQuestion, SearchRefused } from './contract.js';
import { type FoundText, findTexts, stretchOf } from './find-texts.js';
import { parseSearch, type Term } from './parse-search.js';
import { snippetOf } from './snippet.js';
import { TextIndex } from './text-index.js';

/** Rows of the index that one statement looks at, so that no other read has to wait long for it. */
const stretchLength = 100_000;
/** How long one page is looked for; what is left is for the next page. */
const patienceMs = 150;
/** How long a search waits for what was said just now to be indexed. */
const catchUpMs = 250;
/** As long as a number can be that is exact. */
const cursorForm = /^\d{1,15}$/;

@plugin({ id: 'search', version: '0.1.0', provides: Search })
export class TextSearch implements Search {
  constructor(
    @inject(Database) private readonly database: Database,
    @inject(TextIndex) private readonly index: TextIndex,
    @inject(Clock) private readonly clock: Clock,
  ) {}

  async find({ text, cursor, limit, ...place }: SearchQuestion): Promise<SearchAnswer> {
    const { match, wanted } = parseSearch(text);
    if (cursor !== undefined && !cursorForm.test(cursor))
      throw new SearchRefused(`"${cursor.slice(0, 40)}" is no cursor: take the one of the answer before, as it was`);
    const upToDate = await this.index.catchUp(catchUpMs);
    const { found, next } = await this.#page({ match, ...place }, limit, cursor === undefined ? undefined : Number(cursor));
    return {
      hits: found.map((each) => hitOf(each, wanted)),
      ...(next !== undefined && { cursor: String(next) }),
      ...(!upToDate && { indexing: true as const }),
    };
  }

  /** Newest first, a stretch at a time. `next`: the key below which later pages are. */
  async #page(
    looked: Parameters<typeof findTexts>[1],
    limit: number,
    below = Number.POSITIVE_INFINITY,
  ): Promise<{ found: FoundText[]; next?: number }> {
    const all = await this.database.read((manager) => stretchOf(manager, looked.conversationId));
    const end = this.clock.elapsed() + patienceMs;
    const found: FoundText[] = [];
    for (let upTo = Math.min(all.upTo, below - 1); upTo > all.above; upTo -= stretchLength) {
      const stretch = { above: Math.max(all.above, upTo - stretchLength), upTo };
      found.push(...(await this.database.read((manager) => findTexts(manager, looked, stretch, limit + 1 - found.length))));
      if (found.length > limit) return { found: found.slice(0, limit), next: found[limit - 1]?.key };
      if (stretch.above > all.above && this.clock.elapsed() > end) return { found, next: stretch.above + 1 };
    }
    return { found };
  }
}

const hitOf = (found: FoundText, wanted: readonly Term[]): SearchHit => ({
  conversationId: found.conversationId,
  title: found.title ?? 'Untitled',
  workspaceId: found.workspaceId,
  seq: found.seq,
  role: found.role,
  ...(found.at !== null && { at: found.at }),
  ...snippetOf(found.text, wanted),
});
