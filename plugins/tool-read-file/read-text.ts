import type { FileHandle } from 'node:fs/promises';
import { type LineWindow, lineWindow, type WindowRequest } from './line-window.js';
import { asUtf8, type TextKind, textKind } from './text-kind.js';

const chunkSize = 128 * 1024;

export interface TextRead {
  window: LineWindow;
  text: Exclude<TextKind, { kind: 'binary' }>;
  /** The whole file as it is on the disk, where it is no more than one chunk. */
  content?: Buffer;
}

/**
 * Reads a window of lines from an opened file with bounded memory; undefined when the file is binary.
 * @param size bytes of the file when it was opened; 0 when that is not known, as for files of the system
 */
export async function readText(
  handle: FileHandle,
  size: number,
  request: WindowRequest,
  signal: AbortSignal,
): Promise<TextRead | undefined> {
  const buffer = Buffer.allocUnsafe(size > 0 ? Math.min(size, chunkSize) : chunkSize);
  const head = Buffer.from(await fill(handle, buffer, 0));
  const whole = head.length === size && size > 0;
  const text = textKind(head);
  if (text.kind === 'binary') return undefined;

  async function* chunks(): AsyncIterable<Buffer> {
    yield head.subarray(text.kind === 'binary' ? 0 : text.skip);
    for (let position = head.length; !whole; ) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
  const bytes = text.kind === 'utf-8' ? chunks() : asUtf8(chunks(), text.kind);
  return { window: await lineWindow(bytes, request), text, content: head.length === size ? head : undefined };
}

/** Reads until the buffer is full or the file ends. */
async function fill(handle: FileHandle, buffer: Buffer, position: number): Promise<Buffer> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
