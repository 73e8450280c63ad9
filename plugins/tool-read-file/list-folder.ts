import { opendir } from 'node:fs/promises';
import { type Opened, throughHandle } from '../working-directory/contract.js';

/** More names than this are not sorted through. */
const mostNames = 50_000;

/** A window of a folder's names, sorted, folders with `/`; names with control characters are quoted as in JSON. */
export async function listFolder(
  folder: Opened,
  { offset, limit, budget }: { offset: number; limit: number; budget: number },
): Promise<string> {
  const names: string[] = [];
  let more = false;
  for await (const entry of await opendir(throughHandle(folder), { bufferSize: 256 })) {
    if (names.length >= mostNames) {
      more = true;
      break;
    }
    names.push(spelt(entry.name) + (entry.isDirectory() ? '/' : ''));
  }
  if (names.length === 0) return '(empty folder)';
  names.sort();
  const taken: string[] = [];
  let spent = 0;
  for (const name of names.slice(offset - 1, offset - 1 + limit)) {
    spent += name.length + 1;
    if (taken.length > 0 && spent > budget) break;
    taken.push(name);
  }
  const next = offset + taken.length;
  const notes: string[] = [];
  if (taken.length === 0) notes.push(`[offset ${offset} is past the end: the folder has ${names.length} names]`);
  else if (next <= names.length) notes.push(`[${names.length - next + 1} more names; go on with offset=${next}]`);
  if (more) notes.push(`[the folder has more than ${mostNames} names; only those found first are listed]`);
  return [...taken, ...notes].join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const spelt = (name: string): string => (/[\u0000-\u001f\u007f-\u009f]/.test(name) ? JSON.stringify(name) : name);
