import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** This Dispatch, as others see it: where its package lies, and which version it is. */
export interface OwnPlace {
  folder: string;
  version: string;
}

/** The package that a folder belongs to. */
export function ownPlace(from: string): OwnPlace {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    const about = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string }) : {};
    if (about.name === 'dispatch' && about.version !== undefined) return { folder, version: about.version };
    if (folder === dirname(folder)) throw new Error(`there is no Dispatch around ${from}: install it anew`);
  }
}
