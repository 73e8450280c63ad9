import type { Clock, ToolContext } from 'dispatch/kernel';

/** Milliseconds between two lines that are shown. */
const everyMs = 200;
const longest = 500;

/** Shows progress as live output, however fast it comes. */
export function paced(clock: Clock, output: ToolContext['output']): (words: string) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (words) => {
    if (clock.elapsed() - last < everyMs) return;
    last = clock.elapsed();
    output(`${words.slice(0, longest).trimEnd()}\n`, 'stderr');
  };
}
