import type { Line } from './contract.js';

/** A merged delta holds at most this many characters of JSON. */
const longest = 64 * 1024;

type Delta = { delta: string };
const isDelta = (line: Line) => line.type === 'text-delta' || line.type === 'reasoning-delta';

/**
 * Merges neighbouring deltas of a kind into one. Nothing is merged across a place where a watcher stands, so that
 * nobody sees a text twice or not at all. Answers the new list and where each place is in it. Pure.
 */
export function mergeDeltas(lines: readonly Line[], places: readonly number[]): { lines: Line[]; places: number[] } {
  const stops = new Set(places);
  const merged: Line[] = [];
  const moved = new Map<number, number>();
  let run: Line[] = [];
  let size = 0;
  const close = () => {
    if (run.length > 0) merged.push(run.length === 1 ? (run[0] as Line) : joined(run));
    run = [];
    size = 0;
  };
  lines.forEach((line, i) => {
    const fits = isDelta(line) && run[0]?.type === line.type && size + line.json.length <= longest && !stops.has(i);
    if (!fits) close();
    if (stops.has(i)) moved.set(i, merged.length);
    run.push(line);
    size += line.json.length;
    if (!isDelta(line)) close();
  });
  close();
  return { lines: merged, places: places.map((place) => moved.get(place) ?? merged.length) };
}

function joined(run: readonly Line[]): Line {
  const [first, ...rest] = run.map((line) => JSON.parse(line.json) as Delta) as [Delta, ...Delta[]];
  const delta = first.delta + rest.map((each) => each.delta).join('');
  return { type: (run[0] as Line).type, json: JSON.stringify({ ...first, delta }) };
}
