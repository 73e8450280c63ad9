import type { Message } from 'dispatch/kernel';
import { GrowingBytes } from './growing-bytes.js';
import { messageJson, type Sending } from './message-json.js';

/** The JSON of a list of messages, and where in it each of them ends. */
interface Made {
  messages: Message[];
  ends: number[];
  json: GrowingBytes;
}

const memories = Array.from({ length: 4 }, () => new WeakMap<Message, Made>());
const memoryOf = ({ thoughts, images }: Sending) => memories[(thoughts ? 1 : 0) + (images ? 0 : 2)] as WeakMap<Message, Made>;

/** Bytes from which on a list counts as heavy: it holds pictures, most likely. */
const heavy = 4 * 1024 * 1024;
/** Bytes that heavy lists may hold together; the one in use stays, however large. */
const heavyLimit = 64 * 1024 * 1024;
/** Heavy lists by their first message, the one used last at the end. */
const heavyOnes = new Map<Message, Made>();

/**
 * Messages as the elements of a JSON list, in pieces that hold until the next call. What was made of the same message
 * objects before is taken as it is, so that a step late in a long conversation costs little more than the copying of its
 * bytes. System messages in front are made each time.
 */
export function messageList(messages: readonly Message[], sending: Sending): (string | Buffer)[] {
  let start = 0;
  while (messages[start]?.role === 'system') start++;
  const front = messages
    .slice(0, start)
    .map((message) => messageJson(message, sending))
    .filter((json) => json !== '');
  const first = messages[start];
  const made = first && madeOf(first, messages, start, sending);
  const rest = made && made.json.length > 0 ? [made.json.view()] : [];
  return [front.join(','), ...(front.length > 0 && rest.length > 0 ? [','] : []), ...rest];
}

function madeOf(first: Message, messages: readonly Message[], start: number, sending: Sending): Made {
  const memory = memoryOf(sending);
  const made = memory.get(first) ?? { messages: [], ends: [], json: new GrowingBytes() };
  memory.set(first, made);
  cut(made, sameUpTo(made.messages, messages, start));
  for (let i = start + made.messages.length; i < messages.length; i++) {
    const message = messages[i] as Message;
    const json = messageJson(message, sending);
    if (json !== '') made.json.append(made.json.length > 0 ? `,${json}` : json);
    made.messages.push(message);
    made.ends.push(made.json.length);
  }
  if (made.json.length > heavy) bound(first, made);
  return made;
}

/** Pictures weigh a thousand times what words do: of the heavy lists only the newest are remembered. */
function bound(first: Message, made: Made): void {
  heavyOnes.delete(first);
  heavyOnes.set(first, made);
  let size = 0;
  for (const { json } of heavyOnes.values()) size += json.length;
  for (const [oldest, { json }] of heavyOnes) {
    if (size <= heavyLimit || oldest === first) return;
    size -= json.length;
    heavyOnes.delete(oldest);
    for (const memory of memories) memory.delete(oldest);
  }
}

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
  made.json.cut(made.ends.at(-1) ?? 0);
}
