import type { Chunk, ImageChunk } from 'dispatch/wire';
import { type ImageKind, imageTypes } from './image-kind.js';

/** Name of a kept picture: its digest and its kind. */
export const imageName = /^[0-9a-f]{64}\.(png|jpg|webp|gif)$/;

const scheme = 'dispatch-image:';

/** How the log names a kept picture. Clients and models never see it. */
export const imageReference = (name: string): string => `${scheme}${name}`;

/** The kept picture that a chunk stands for; undefined where it is none. */
export function keptName(chunk: Chunk): string | undefined {
  if (chunk.type !== 'image' || !chunk.url.startsWith(scheme)) return undefined;
  const name = chunk.url.slice(scheme.length);
  return imageName.test(name) ? name : undefined;
}

export const isKept = (chunk: Chunk): chunk is ImageChunk => keptName(chunk) !== undefined;

export const typeOfName = (name: string): string => imageTypes[name.slice(name.indexOf('.') + 1) as ImageKind];
