import { readFile } from 'node:fs/promises';
import { failure, usageError } from '../cli-error.js';

/** The message: `--text`, or what stands in `--file`; `-` reads standard input for either. */
export async function messageText(
  { text, file }: { text?: string; file?: string },
  input: NodeJS.ReadableStream & { isTTY?: boolean },
): Promise<string> {
  if (text !== undefined && file !== undefined) throw usageError('give either --text or --file, not both');
  if (text === undefined && file === undefined)
    throw usageError('nothing to say: give --text "…", or --file with a file name, or - for standard input');
  const message = text === '-' || file === '-' ? await all(input) : (text ?? (await fromFile(file as string)));
  if (message.trim() === '') throw usageError('the message is empty');
  return message;
}

async function fromFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : code;
    throw failure(`cannot read ${file}: ${why}`, cause);
  }
}

async function all(input: NodeJS.ReadableStream): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of input) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString('utf8');
}
