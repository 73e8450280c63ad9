import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** What a tool answers when there is no ripgrep on this machine. */
export const noRipgrep =
  'searching needs ripgrep, and neither the bundled one nor an "rg" on the PATH of the server was found: install ripgrep, or use run_shell with grep or find';

/** The ripgrep that came with the server, else the first `rg` on the PATH; undefined when there is none. */
export async function findRipgrep(path = process.env.PATH ?? '', bundled = bundledRipgrep): Promise<string | undefined> {
  const folders = path.split(delimiter).filter(isAbsolute);
  const own = await bundled().catch(() => undefined);
  for (const file of [...(own === undefined ? [] : [own]), ...folders.map((folder) => join(folder, 'rg'))])
    if (await isProgram(file)) return file;
  return undefined;
}

/** The package throws as it is loaded where it has no program for this machine. */
const bundledRipgrep = async (): Promise<string> => (await import('@vscode/ripgrep')).rgPath;

const isProgram = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
