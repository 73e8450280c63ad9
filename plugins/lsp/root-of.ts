import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The root of the project that a file belongs to: the nearest folder with the first marker that any has, from the file's
 * own up to the working directory and never above it; else the working directory. Both paths are absolute, without links.
 */
export function rootOf(file: string, directory: string, markers: readonly string[], exists = existsSync): string {
  const upwards: string[] = [];
  for (let at = dirname(file); at !== directory && at !== dirname(at); at = dirname(at)) upwards.push(at);
  upwards.push(directory);
  for (const marker of markers) {
    const found = upwards.find((folder) => exists(join(folder, marker)));
    if (found !== undefined) return found;
  }
  return directory;
}
