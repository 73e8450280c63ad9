import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** Where programs are looked for. */
export interface Search {
  /** Folders that come first: `node_modules/.bin` of a trusted project. */
  first: readonly string[];
  /** The variable of that name. */
  path: string | undefined;
  /** What relative programs are meant from. */
  directory: string;
}

/** The absolute path of a program; undefined when there is none. Relative folders in `PATH` do not count: they are anybody's. */
export function findProgram(name: string, { first, path = '', directory }: Search): string | undefined {
  if (name.includes('/')) {
    const file = resolve(directory, name);
    return isProgram(file) ? file : undefined;
  }
  const folders = [...first, ...path.split(delimiter).filter((folder) => isAbsolute(folder))];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The TypeScript that lies beside a program, outside of whatever project it looks at; undefined when there is none. */
export function typeScriptBeside(program: string): string | undefined {
  try {
    return createRequire(realpathSync(program)).resolve('typescript/lib/tsserver.js');
  } catch {
    return undefined;
  }
}
