import { QueueRefused } from './contract.js';

/** Bytes of one text. */
const longest = 1024 * 1024;
/** Messages that may wait in one conversation, and their bytes in all: together they become one message. */
const room = 100;
const roomBytes = 16 * 1024 * 1024;

/** Throws a `QueueRefused` for a text that cannot be queued. */
export function checkText(text: string): void {
  if (text.trim() === '') throw new QueueRefused('blank', 'the text is blank; say what the model should be told');
  const bytes = Buffer.byteLength(text);
  if (bytes > longest)
    throw new QueueRefused(
      'too-long',
      `the text has ${bytes} bytes; a queued message has at most ${longest}: put it in a file and name that`,
    );
}

/** Throws a `QueueRefused` when this text does not fit behind those that wait. */
export function checkRoom(waiting: readonly string[], text: string): void {
  const instead = 'wait until the model was told, or cancel some of them';
  if (waiting.length >= room)
    throw new QueueRefused('full', `${waiting.length} messages wait in this conversation, which is the most: ${instead}`);
  const bytes = [...waiting, text].reduce((sum, each) => sum + Buffer.byteLength(each), 0);
  if (bytes > roomBytes)
    throw new QueueRefused(
      'full',
      `with this text ${bytes} bytes would wait in this conversation, and ${roomBytes} are the most: ${instead}`,
    );
}

/** Several messages as the model is told them: one text, a blank line between them. */
export const joined = (texts: readonly string[]): string => texts.join('\n\n');
