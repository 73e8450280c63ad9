import type { EntityManager } from 'typeorm';
import type { NewText } from './backlog.js';
import { wordsIn } from './words.js';

/** Puts texts into the index, the first of them behind `lastKey`. Only inside a write. */
export async function addTexts(manager: EntityManager, texts: readonly NewText[], lastKey: number): Promise<void> {
  const places = texts.map(({ conversation, seq }, i) => [lastKey + i + 1, conversation, seq]);
  await manager.query('INSERT INTO search_entry (key, conversation, seq) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)', [
    JSON.stringify(places),
  ]);
  await manager.query('INSERT INTO search_text (rowid, words) SELECT value ->> 0, value ->> 1 FROM json_each(?)', [
    JSON.stringify(texts.map(({ text }, i) => [lastKey + i + 1, Array.from(wordsIn(text), ({ word }) => word).join(' ')])),
  ]);
}

/** Groups of texts that are small enough for one write: a turn that wants to be stored may have to wait for it. */
export function* inPortions(texts: readonly NewText[], characters = 32_768): Generator<{ portion: NewText[]; last: boolean }> {
  let portion: NewText[] = [];
  let size = 0;
  for (const [i, text] of texts.entries()) {
    portion.push(text);
    size += text.text.length;
    const last = i === texts.length - 1;
    if (!last && size < characters) continue;
    yield { portion, last };
    portion = [];
    size = 0;
  }
}
