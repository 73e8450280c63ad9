/** What is known of a peer, in milliseconds of one clock. */
export interface Pulse {
  /** Its last sign of life. */
  heard: number;
  /** The last ping to it. */
  pinged: number;
}

/** How often pulses are felt. */
export const beatMs = 5_000;

/**
 * What to do about a peer. A dead one is found within two ping intervals after its last sign of life; a live one has
 * been pinged by then, and had more than half an interval to answer.
 */
export function verdict({ heard, pinged }: Pulse, now: number, pingEveryMs: number): 'dead' | 'ping' | 'fine' {
  if (now - heard >= 2 * pingEveryMs - beatMs) return 'dead';
  return now - pinged >= pingEveryMs - beatMs / 2 ? 'ping' : 'fine';
}
