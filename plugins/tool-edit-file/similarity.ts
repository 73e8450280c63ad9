/** White space folded, so that indentation does not count. */
export const folded = (line: string): string => line.trim().replace(/\s+/g, ' ');

/** Characters of a line that are compared. */
const mostCompared = 300;

/** A line that others are compared with. */
export interface Model {
  pairs: ReadonlyMap<number, number>;
  count: number;
}

export function modelOf(line: string): Model {
  const pairs = new Map<number, number>();
  const text = folded(line).slice(0, mostCompared);
  for (let i = 0; i + 1 < text.length; i++) {
    const pair = pairAt(text, i);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return { pairs, count: Math.max(0, text.length - 1) };
}

/**
 * From 0 to 1, how much a line resembles the model, by the pairs of characters they share. A line that holds all of the
 * model and more comes close to 1: what is sought may be a part of a line.
 */
export function resemblance({ pairs, count }: Model, line: string): number {
  const text = folded(line).slice(0, mostCompared * 2);
  if (count === 0 || text.length < 2) return 0;
  const left = new Map(pairs);
  let shared = 0;
  for (let i = 0; i + 1 < text.length; i++) {
    const pair = pairAt(text, i);
    const rest = left.get(pair);
    if (rest === undefined || rest === 0) continue;
    left.set(pair, rest - 1);
    shared++;
  }
  const dice = (2 * shared) / (count + text.length - 1);
  return 0.6 * (shared / count) + 0.4 * dice;
}

const pairAt = (text: string, i: number): number => text.charCodeAt(i) * 65_536 + text.charCodeAt(i + 1);
