import type { Message } from 'dispatch/kernel';
import { messageJson } from './message-json.js';

/** The JSON of a list of messages, and where in it each of them ends. */
interface Made {
  messages: Message[];
  ends: number[];
  json: string;
}

const plain = new WeakMap<Message, Made>();
const withThoughts = new WeakMap<Message, Made>();

/**
 * Messages as the elements of a JSON list. What was made of the same message objects before is taken as it is, so that
 * a step late in a long conversation costs little more than its bytes. System messages in front are made each time.
 */
export function messageList(messages: readonly Message[], thoughts: boolean): string {
  const memory = thoughts ? withThoughts : plain;
  let start = 0;
  while (messages[start]?.role === 'system') start++;
  const front = messages.slice(0, start).map((message) => messageJson(message, thoughts));
  const first = messages[start];
  if (!first) return joined(front);
  const made = memory.get(first) ?? { messages: [], ends: [], json: '' };
  memory.set(first, made);
  cut(made, sameUpTo(made.messages, messages, start));
  for (let i = start + made.messages.length; i < messages.length; i++) {
    const message = messages[i] as Message;
    made.json = joined([made.json, messageJson(message, thoughts)]);
    made.messages.push(message);
    made.ends.push(made.json.length);
  }
  return joined([...front, made.json]);
}

const joined = (pieces: readonly string[]): string => pieces.filter((piece) => piece !== '').join(',');

/** How many of the known messages are the ones that stand from `start` on. */
function sameUpTo(known: readonly Message[], messages: readonly Message[], start: number): number {
  let count = 0;
  while (count < known.length && known[count] === messages[start + count]) count++;
  return count;
}

function cut(made: Made, count: number): void {
  if (count === made.messages.length) return;
  made.messages.length = count;
  made.ends.length = count;
  made.json = made.json.slice(0, made.ends.at(-1) ?? 0);
}
