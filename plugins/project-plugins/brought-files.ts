import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pluginsFolder } from './contract.js';

/** What a plugin that came with a project is made of; anything else that lies there is not there for it. */
const taken = /\.([mc]?[jt]s|json|md|txt)$/;
const most = 500;
const deepest = 8;

/**
 * The files of the plugins that a directory brings, below it; packages are not among them. What is a link is named, for
 * it to be refused. Synchronous, and cheap where there are none.
 */
export function broughtFiles(directory: string): string[] {
  return filesIn(directory, pluginsFolder, deepest).slice(0, most);
}

function filesIn(directory: string, folder: string, depth: number): string[] {
  if (depth === 0) return [];
  return entriesOf(join(directory, folder)).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (/^[._]|^node_modules$/.test(entry.name)) return [];
    if (entry.isDirectory()) return filesIn(directory, path, depth - 1);
    return entry.isSymbolicLink() || taken.test(entry.name) ? [path] : [];
  });
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return []; // usually there is none
  }
}
