import type { ConversationMeta } from 'dispatch/wire';
import { safeLine } from './safe-text.js';

/** How long ago, in one unit. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** The shortest length, 8 at least, at which the beginnings of these ids differ. */
export function shortLength(ids: readonly string[]): number {
  const sorted = [...ids].sort();
  let length = 8;
  for (let i = 1; i < sorted.length; i++) {
    const [a, b] = [sorted[i - 1] as string, sorted[i] as string];
    let same = 0;
    while (same < a.length && a[same] === b[same]) same++;
    length = Math.max(length, same + 1);
  }
  return length;
}

/** Rows `short id | title | age`; on a terminal, titles are cut to its width. */
export function rows(conversations: readonly ConversationMeta[], now: number, columns: number | undefined): string[] {
  const short = shortLength(conversations.map(({ id }) => id));
  return conversations.map(({ id, title, lastActivityAt }) => {
    const left = safeLine(id.slice(0, short));
    const right = age(now - lastActivityAt);
    const room = columns === undefined ? Number.POSITIVE_INFINITY : Math.max(1, columns - left.length - right.length - 6);
    return `${left} | ${cut(safeLine(title), room)} | ${right}`;
  });
}

/** Letters that take two columns. */
const wide = /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const width = (letter: string): number => (wide.test(letter) ? 2 : /\p{Mn}|\u200d/u.test(letter) ? 0 : 1);

/** The text, cut so that it takes so many columns at most. */
export function cut(text: string, room: number): string {
  const whole = fitting(text, room);
  return whole === text ? text : `${fitting(text, room - 1)}…`;
}

function fitting(text: string, room: number): string {
  let taken = 0;
  let kept = '';
  for (const letter of text) {
    taken += width(letter);
    if (taken > room) break;
    kept += letter;
  }
  return kept;
}
