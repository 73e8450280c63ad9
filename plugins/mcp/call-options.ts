/** How long a call may take, and who is told meanwhile. */
export interface CallOptions {
  signal: AbortSignal;
  /** Milliseconds without an answer and without progress. */
  silenceMs: number;
  /** Milliseconds in all. */
  limitMs: number;
  progress(words: string): void;
}
