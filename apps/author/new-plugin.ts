import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Manifest, messageOf, parseManifest } from 'dispatch/kernel';
import type { OwnPlace } from './own-place.js';
import { type Language, pluginFiles } from './plugin-files.js';

/** A folder that was just made. */
export interface MadePlugin {
  id: string;
  /** Absolute. */
  folder: string;
  /** Names of its files. */
  files: string[];
  /** Command lines to go on with, each with what it does. */
  next: { command: string; what: string }[];
}

/**
 * Makes a folder with a plugin that works. Throws, and changes nothing, where something is there already, or where the
 * folder's name is no id of a plugin.
 * @param path the folder, relative to `cwd`; its last part becomes the id
 * @param watched a folder whose plugins a server of this user has anyway
 */
export function newPlugin(path: string, language: Language, cwd: string, own: OwnPlace, watched?: string): MadePlugin {
  const folder = resolve(cwd, path);
  const { id } = checked(basename(folder));
  if (!isFree(folder)) throw new Error(`${folder} is there already, and nothing in it was changed: choose another name`);
  mkdirSync(folder, { recursive: true });
  const dispatch = relative(realpathSync(folder), own.folder);
  const files = pluginFiles({ id, language, version: own.version, dispatch });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { flag: 'wx' });
  linkDispatch(folder, dispatch, own);
  const next = [
    { command: `cd ${quoted(path)} && npm test`, what: 'runs its test, without a server' },
    { command: 'npx dispatch plugin test .', what: 'tries what else a plugin has to stand' },
    dirname(folder) === watched
      ? {
          command: `npx dispatch plugin show ${id}`,
          what: 'what the server makes of it, where one runs; a change is in use within a second',
        }
      : { command: 'DISPATCH_PLUGINS=. npx dispatch-server', what: 'runs a server with it; a change is in use within a second' },
  ];
  return { id, folder, files: Object.keys(files).sort(), next };
}

function checked(id: string): Pick<Manifest, 'id'> {
  try {
    return parseManifest({ id, provides: [] }, id);
  } catch (thrown) {
    throw new Error(`"${id}" cannot be the id of a plugin: ${messageOf(thrown).replace(/^.*?: /, '')}`, { cause: thrown });
  }
}

const isFree = (folder: string): boolean =>
  lstatSync(folder, { throwIfNoEntry: false }) === undefined || (lstatSync(folder).isDirectory() && readdirSync(folder).length === 0);

const quoted = (path: string): string => (/^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

/**
 * What `npm install` would make of the `file:` dependency, so that nothing has to be installed: editors find the types
 * there, tests find `dispatch/testing`, and `npx` finds the commands.
 */
function linkDispatch(folder: string, dispatch: string, own: OwnPlace): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  symlinkSync(join('..', dispatch), join(modules, 'dispatch'), 'dir');
  const { bin } = JSON.parse(readFileSync(join(own.folder, 'package.json'), 'utf8')) as { bin: Record<string, string> };
  for (const [name, file] of Object.entries(bin))
    if (existsSync(join(own.folder, file))) symlinkSync(join('..', 'dispatch', file), join(modules, '.bin', name));
}
