import { isUtf8 } from 'node:buffer';

/** What to take from a file, and how much at most. */
export interface WindowRequest {
  /** First line, from 1. */
  offset: number;
  /** Lines at most. */
  limit: number;
  /** Characters at most, numbers included; at least one line is taken. */
  budget: number;
  /** Bytes to look at before giving up. */
  scanLimit: number;
}

export interface LineWindow {
  /** `N: text` each. */
  lines: string[];
  /** Whether anything follows the last line taken. */
  more: boolean;
  /** Lines seen; the file's number of lines when the end was reached. */
  seen: number;
  /** Lines that were cut, with their length in bytes. */
  cut: { line: number; bytes: number; whole: boolean }[];
  invalid: boolean;
  nul: boolean;
  crlf: boolean;
  /** The scan limit was reached before the window was full. */
  gaveUp: boolean;
}

const newline = 0x0a;
/** A line never gets fewer characters than this. */
const leastLine = 2000;

/**
 * Takes a window of lines out of a stream of UTF-8 bytes. Holds one chunk and the window, whatever the file's size: of a
 * long line only its beginning is kept. Stops reading as soon as it knows that more follows.
 */
export async function lineWindow(chunks: AsyncIterable<Buffer>, request: WindowRequest): Promise<LineWindow> {
  const { offset, limit, budget, scanLimit } = request;
  const lineCap = Math.max(leastLine, Math.floor(budget / limit));
  const result: LineWindow = {
    lines: [],
    more: false,
    seen: 0,
    cut: [],
    invalid: false,
    nul: false,
    crlf: false,
    gaveUp: false,
  };
  let number = 1;
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let lineBytes = 0;
  let spent = 0;
  let scanned = 0;
  const wanted = () => number >= offset;

  const add = (piece: Buffer) => {
    lineBytes += piece.length;
    const room = lineCap * 4 - keptBytes;
    if (!wanted() || room <= 0) return;
    // A copy: the chunk's memory must not live on because of one line.
    kept.push(Buffer.from(piece.subarray(0, room)));
    keptBytes += Math.min(room, piece.length);
  };
  /** False when the window is full without this line. */
  const close = (whole: boolean): boolean => {
    if (wanted()) {
      const { text, cut } = shown(Buffer.concat(kept), lineBytes, lineCap, result);
      const line = `${number}: ${text}`;
      if (result.lines.length > 0 && spent + line.length + 1 > budget) {
        result.more = true;
        return false;
      }
      result.lines.push(line);
      spent += line.length + 1;
      if (cut) result.cut.push({ line: number, bytes: lineBytes, whole });
    }
    result.seen = number;
    number++;
    kept = [];
    keptBytes = 0;
    lineBytes = 0;
    return true;
  };

  for await (const chunk of chunks) {
    let from = 0;
    while (from < chunk.length) {
      if (result.lines.length >= limit) {
        result.more = true;
        return result;
      }
      const end = chunk.indexOf(newline, from);
      add(chunk.subarray(from, end < 0 ? chunk.length : end));
      if (end < 0) break;
      if (!close(true)) return result;
      from = end + 1;
    }
    scanned += chunk.length;
    if (scanned >= scanLimit) {
      if (lineBytes > 0) close(false);
      result.more = true;
      result.gaveUp = true;
      return result;
    }
  }
  if (lineBytes > 0) close(true);
  return result;
}

function shown(bytes: Buffer, length: number, cap: number, flags: LineWindow): { text: string; cut: boolean } {
  const whole = bytes.length === length;
  const ends = whole && bytes.at(-1) === 0x0d;
  if (ends) flags.crlf = true;
  const line = ends ? bytes.subarray(0, -1) : bytes;
  const kept = whole ? line : withoutHalfCharacter(line);
  if (!isUtf8(kept)) flags.invalid = true;
  if (kept.includes(0)) flags.nul = true;
  const text = kept.toString('utf8').replaceAll('\0', '␀');
  if (whole && text.length <= cap) return { text, cut: false };
  // A surrogate pair is not torn.
  return { text: `${text.slice(0, cap).replace(/[\uD800-\uDBFF]$/, '')}…`, cut: true };
}

/** Drops the beginning of a character whose rest lies behind the cut. */
function withoutHalfCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needs > back ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}
