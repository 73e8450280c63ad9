import type { Document } from './documents.js';

/** The working directory without links, as it follows from a file that was found below it. */
export const directoryOfFile = ({ path, shown }: Pick<Document, 'path' | 'shown'>): string =>
  path.slice(0, Math.max(1, path.length - shown.length - 1));
