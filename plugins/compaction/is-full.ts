const usualPercent = 85;

/** Whether so many tokens are at least the percentage of the window at which a history is compacted; 0 means never. */
export function isFull(contextSize: number, contextWindow: number | undefined, percent = usualPercent): boolean {
  if (percent <= 0 || contextWindow === undefined || contextWindow <= 0) return false;
  return contextSize * 100 >= percent * contextWindow;
}
