import { basename, extname } from 'node:path';

/** What the protocol calls the languages that are not named like their extension. */
const ids: Readonly<Record<string, string>> = {
  ...{ '.ts': 'typescript', '.mts': 'typescript', '.cts': 'typescript', '.tsx': 'typescriptreact' },
  ...{ '.js': 'javascript', '.mjs': 'javascript', '.cjs': 'javascript', '.jsx': 'javascriptreact' },
  ...{ '.py': 'python', '.pyi': 'python', '.rs': 'rust', '.rb': 'ruby', '.cs': 'csharp', '.kt': 'kotlin', '.hs': 'haskell' },
  ...{ '.c': 'c', '.h': 'c', '.cc': 'cpp', '.cpp': 'cpp', '.cxx': 'cpp', '.hh': 'cpp', '.hpp': 'cpp', '.hxx': 'cpp' },
  ...{ '.sh': 'shellscript', '.bash': 'shellscript', '.zsh': 'shellscript', '.ksh': 'shellscript', '.md': 'markdown' },
  ...{ '.yml': 'yaml', '.jsonc': 'jsonc', '.htm': 'html', '.ex': 'elixir', '.exs': 'elixir', '.pl': 'perl', '.m': 'objective-c' },
};

/** The language of a file, by its name. Pure. */
export function languageId(path: string): string {
  const extension = extname(path).toLowerCase();
  return ids[extension] ?? (extension.slice(1) || basename(path).toLowerCase());
}

/** Whether a server that lists these extensions (or whole names) is meant for a file. Pure. */
export function isFor(path: string, extensions: readonly string[]): boolean {
  const name = basename(path).toLowerCase();
  return extensions.some((extension) => name === extension || name.endsWith(extension.startsWith('.') ? extension : `.${extension}`));
}
