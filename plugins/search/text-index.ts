import { type Service, service } from 'dispatch/kernel';

/** The index of all texts, which follows the log at a distance. */
export interface TextIndex {
  /** Indexes what has been sealed so far. Resolves with whether that is all of it, after about `withinMs` at the latest. */
  catchUp(withinMs: number): Promise<boolean>;
}
export const TextIndex: Service<TextIndex> = service<TextIndex>('dispatch.search-index');
