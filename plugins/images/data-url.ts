/** The bytes of a `data:` address in base64; undefined for any other, and for what is no base64. */
export function bytesOf(url: string): Buffer | undefined {
  const comma = url.indexOf(',');
  if (comma < 0 || !/^data:[^,]*;base64$/i.test(url.slice(0, comma))) return undefined;
  const text = url.slice(comma + 1);
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(text, 'base64');
  // what is no base64 is skipped, and then there are fewer bytes than the text promises
  return bytes.length === Math.floor(((text.length - padding) * 3) / 4) ? bytes : undefined;
}

/** How many bytes a `data:` address holds at most, without reading it. */
export const weightOf = (url: string): number => Math.floor((url.length * 3) / 4);

export const dataUrl = (mimeType: string, bytes: Buffer): string => `data:${mimeType};base64,${bytes.toString('base64')}`;
