/** One thing that was looked at. */
export interface Check {
  /** What holds when it is well. */
  name: string;
  ok: boolean;
  /** Why it does not hold, and what would be right; also what else is worth knowing. */
  detail?: string;
}

/** What a plugin was found to stand. */
export interface Trial {
  /** Folder or file, absolute. */
  source: string;
  checks: Check[];
  passed: number;
  total: number;
  /** 0 to 100; 0 for one that does not run. */
  score: number;
}

/** What a process that tries a plugin tells whoever started it. */
export type TrialNews = { doing: string } | { check: Check } | { done: { runs: boolean } };

/** What such a process is told. */
export interface TrialOrder {
  source: string;
  /** Whether its tools may be called. */
  calls: boolean;
  /** Milliseconds that one of them may take to answer. */
  patienceMs: number;
}

/** @param runs whether all could be tried */
export function trialOf(source: string, checks: Check[], runs: boolean): Trial {
  const passed = checks.filter(({ ok }) => ok).length;
  return { source, checks, passed, total: checks.length, score: runs ? Math.floor((100 * passed) / checks.length) : 0 };
}

/** A check that holds unless there is a reason why not. */
export const check = (name: string, problem: string | undefined): Check =>
  problem === undefined ? { name, ok: true } : { name, ok: false, detail: problem };
