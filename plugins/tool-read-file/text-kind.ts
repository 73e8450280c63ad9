/** What the first bytes of a file say about it. `skip`: bytes of the byte order mark. */
export type TextKind = { kind: 'utf-8'; skip: 0 | 3 } | { kind: 'utf-16le' | 'utf-16be'; skip: 0 | 2 } | { kind: 'binary' };

/** Tells text from binary by the first bytes: NUL bytes mean binary, unless they lie the way UTF-16 puts them. */
export function textKind(head: Buffer): TextKind {
  if (head[0] === 0xff && head[1] === 0xfe) return { kind: 'utf-16le', skip: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { kind: 'utf-16be', skip: 2 };
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { kind: 'utf-8', skip: 3 };
  if (!head.includes(0)) return { kind: 'utf-8', skip: 0 };
  const pairs = Math.floor(Math.min(head.length, 4096) / 2);
  let odd = 0;
  let even = 0;
  for (let i = 0; i < pairs * 2; i++) if (head[i] === 0) i % 2 ? odd++ : even++;
  // Latin text in UTF-16 has a NUL in nearly every pair, always on the same side.
  if (even === 0 && odd > pairs * 0.7) return { kind: 'utf-16le', skip: 0 };
  if (odd === 0 && even > pairs * 0.7) return { kind: 'utf-16be', skip: 0 };
  return { kind: 'binary' };
}

/** Turns a stream of UTF-16 bytes into UTF-8 ones, chunk by chunk. */
export async function* asUtf8(chunks: AsyncIterable<Buffer>, from: 'utf-16le' | 'utf-16be'): AsyncIterable<Buffer> {
  const decoder = new TextDecoder(from, { ignoreBOM: true });
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8');
  yield Buffer.from(decoder.decode(), 'utf8');
}
