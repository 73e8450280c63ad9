import { type Service, service } from 'dispatch/kernel';
import type { SearchAnswer } from 'dispatch/wire';

/** What is looked for, and where. */
export interface SearchQuestion {
  /** Words that must all be there; `"a phrase"`, `beginn*`, `-without`. */
  text: string;
  workspaceId?: string;
  conversationId?: string;
  /** Hits at most; at least 1. */
  limit: number;
  /** Of the answer whose hits come before. */
  cursor?: string;
}

/** The question cannot be asked like this; the message says why, and what would be right. */
export class SearchRefused extends Error {
  override readonly name = 'SearchRefused';
}

/** Full-text search over what users and models have said. */
export interface Search {
  /** Newest first; a page may be short, even empty, and have a cursor: then it took too long to look further in one go. Throws `SearchRefused`. */
  find(question: SearchQuestion): Promise<SearchAnswer>;
}
export const Search: Service<Search> = service<Search>('dispatch.search');
