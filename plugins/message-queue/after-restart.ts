import type { QueuedMessage, StoredChunk } from 'dispatch/wire';
import { joined } from './queue-limits.js';

/** A message as the disk has it. */
export interface StoredMessage extends QueuedMessage {
  /** Last number of the log when it was offered to a turn; null when it was not. */
  offeredAfter: number | null;
}

/**
 * The server has died between offering messages and forgetting them: the ids of those that have become part of the log.
 * `log`: what stands in it behind the smallest `offeredAfter`.
 */
export function delivered(messages: readonly StoredMessage[], log: readonly StoredChunk[]): Set<string> {
  const offered = messages.filter((message) => message.offeredAfter !== null);
  const gone = new Set<string>();
  for (const { role, chunk } of log) {
    if (role !== 'user' || chunk.type !== 'text') continue;
    const count = leading(
      offered.map((message) => message.text),
      chunk.text,
    );
    for (const { id } of offered.splice(0, count)) gone.add(id);
  }
  return gone;
}

/** How many of these messages a text begins with, or is made of. */
function leading(messages: readonly string[], text: string): number {
  for (let count = messages.length; count > 0; count--) {
    const start = joined(messages.slice(0, count));
    if (text === start || text.startsWith(joined([start, '']))) return count;
  }
  return 0;
}
