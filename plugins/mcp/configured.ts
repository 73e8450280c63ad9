import type { BroughtFile } from '../trust/contract.js';
import { type Entry, entriesIn, entriesOf } from './definition.js';

/** One server that is configured for a directory, and whether it may be used. */
export interface Configured extends Entry {
  /** The file that asks for it, or `configuration`. */
  source: string;
  fromProject: boolean;
  /** Why it is not used although nothing is wrong with it. */
  inert?: string;
}

/** Files of a project, the one that counts most first. */
export const projectFiles = ['.dispatch/mcp.json', '.mcp.json'] as const;

/**
 * Every server that is configured for a directory: by the project's trusted files, then by whoever runs the server; of
 * two with one name the first counts. What waits to be trusted is listed and takes nobody's place. Pure.
 */
export function configured(files: readonly BroughtFile[], own: Readonly<Record<string, unknown>>, directory: string): Configured[] {
  const used = new Map<string, Configured>();
  const waiting: Configured[] = [];
  for (const file of files) {
    for (const entry of entriesOfFile(file)) {
      const found: Configured = { ...entry, source: file.file, fromProject: true };
      if (file.state === 'waiting') waiting.push({ ...found, inert: `it waits to be trusted: dispatch trust ${directory}` });
      else if (!used.has(entry.id)) used.set(entry.id, found);
    }
  }
  for (const entry of entriesOf(own))
    if (!used.has(entry.id)) used.set(entry.id, { ...entry, source: 'configuration', fromProject: false });
  return [...used.values(), ...waiting];
}

/** What a file asks for; one that cannot be used as a whole is an entry that says why. */
function entriesOfFile(file: BroughtFile): Entry[] {
  const broken = (problem: string): Entry[] => [{ id: file.path, disabled: false, definition: { problem } }];
  if (file.state === 'refused') return broken(`${file.file} is not used: ${file.reason}`);
  try {
    return entriesIn(file.text);
  } catch (thrown) {
    return broken(`${file.file}: ${(thrown as Error).message}`);
  }
}
