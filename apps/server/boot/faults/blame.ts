import { basename, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A line of a stack: `at name (place:1:2)` or `at place:1:2`; the place is an address, or a path where it was `require`d. */
const frame = /^\s*at (?:.*\()?((?:file:\/\/)?\/[^()]*?)(?:\?generation=(\d+))?:\d+:\d+\)?$/;

export interface Culprit {
  source: string;
  /** Which of its generations; undefined for code that was `require`d. */
  generation?: number;
}

/** Whose code a stack shows first, of these folders and files. Pure. */
export function culpritIn(stack: string | undefined, sources: Iterable<string>): Culprit | undefined {
  const all = [...sources];
  for (const line of stack?.split('\n') ?? []) {
    const match = frame.exec(line);
    const path = match?.[1] && pathOf(match[1]);
    const source = path && all.find((each) => path === each || path.startsWith(each + sep));
    if (source) return { source, generation: match?.[2] === undefined ? undefined : Number(match[2]) };
  }
  return undefined;
}

/** Where in a source an error came from, as `file:line`; also of code that could not be read. Pure. */
export function lineIn(stack: string | undefined, source: string): string | undefined {
  for (const [, place = '', line] of stack?.matchAll(/((?:file:\/\/)?\/[^\s()?:]+)(?:\?generation=\d+)?:(\d+)/g) ?? []) {
    const path = pathOf(place);
    if (path === source) return `${basename(path)}:${line}`;
    if (path?.startsWith(source + sep)) return `${relative(source, path)}:${line}`;
  }
  return undefined;
}

function pathOf(place: string): string | undefined {
  if (!place.startsWith('file:')) return place;
  try {
    return fileURLToPath(place);
  } catch {
    return undefined;
  }
}
