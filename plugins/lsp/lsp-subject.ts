import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plugin } from 'dispatch/kernel';
import { type TrustSubject, TrustSubjects } from '../trust/contract.js';
import { entriesIn } from './definition.js';

const ours = '.dispatch/lsp.json';
const theirs = 'opencode.json';

/** What a project's files ask for, in words its owner can judge. */
@plugin({ id: 'lsp-subject', version: '0.1.0', provides: TrustSubjects })
export class LspSubject implements TrustSubject {
  readonly kind = 'lsp';

  /** The other tool's file has mostly nothing to do with language servers; nobody is asked about it then. */
  readonly files = (directory: string): readonly string[] => (mentionsLsp(join(directory, theirs)) ? [ours, theirs] : [ours]);

  /** Throws where the file makes no sense. */
  summary(text: string): readonly string[] {
    // The file's name is not told here, and each reading is harmless for the other.
    const entries = text.includes('"servers"') ? entriesIn(text, ours) : entriesIn(text, theirs);
    return [
      ...entries.flatMap(({ id, disabled, definition }) => {
        const name = JSON.stringify(id);
        if ('problem' in definition) return [`${name}: not usable, ${definition.problem}`];
        if (disabled) return [`${name}: disabled`];
        const { command, extensions = [], env = {} } = definition;
        const run = command ? `runs ${command.map(word).join(' ')}` : 'runs the usual program';
        const files = extensions.length > 0 ? ` for ${extensions.map(word).join(' ')}` : '';
        return [`${name} ${run}${files}`, ...Object.entries(env).map(([key, value]) => `${name} with ${word(key)}=${word(value)}`)];
      }),
      'language servers, the built-in ones too, are looked for in node_modules/.bin first, and may run code of this directory',
    ];
  }
}

function mentionsLsp(file: string): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    return stats.isFile() && stats.size <= 1024 * 1024 && /"lsp"\s*:/.test(readFileSync(descriptor, 'utf8'));
  } catch {
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** As it is, or in quotes where that would hide where it begins and ends. */
const word = (text: string): string => (/^[\w@%+=:,./${}~-]+$/.test(text) ? text : JSON.stringify(text));
