import { isAbsolute, join, relative, sep } from 'node:path';
import type { Config, ToolContext } from 'dispatch/kernel';
import { type Opened, openInside, protectionOf, throughHandle } from '../working-directory/contract.js';

/** What is searched: a folder or one file, opened inside the working directory. */
export interface SearchPlace {
  opened: Opened;
  /** The folder that ripgrep runs in, reached through its handle so that a swapped link does not lead elsewhere. */
  cwd: string;
  /** The path of a file that was found, as the model is told it; undefined when it is not shown. */
  shown(found: string): string | undefined;
  /** Arguments that leave out what is never shown. */
  excluded: readonly string[];
}

/** Where tools may search, as files may be opened. */
export class SearchPlaces {
  private readonly allow: readonly string[];
  private readonly closed: readonly string[];

  constructor(config: Config) {
    this.allow = config.list('tools.allowProtected');
    this.closed = [config.text('dataDir')];
  }

  /** Throws a `PathRefused`. Whoever gets the place closes its handle. */
  async open(path: string, { cwd, readableRoots }: Pick<ToolContext, 'cwd' | 'readableRoots'>): Promise<SearchPlace> {
    const { allow, closed } = this;
    const opened = await openInside(path, { cwd, readableRoots, closed, allow });
    const root = await realRoot(cwd);
    const shut = [...closed, '/proc', '/sys'].map((folder) => relative(opened.path, folder)).filter((way) => isBelow(way));
    return {
      opened,
      cwd: opened.kind === 'directory' ? throughHandle(opened) : '/',
      shown(found) {
        const absolute = opened.kind === 'file' ? opened.path : join(opened.path, found);
        const below = posix(relative(opened.path, absolute));
        if (shut.some((way) => below === posix(way) || below.startsWith(`${posix(way)}/`))) return undefined;
        const way = relative(root, absolute);
        const inside = isBelow(way);
        if (protectionOf(posix(inside ? way : below), 'read', allow) !== undefined) return undefined;
        return inside ? posix(way) : absolute;
      },
      excluded: ['.git', ...shut.map((way) => `/${posix(way).replaceAll(/[*?[\]{}\\!]/g, '\\$&')}`)].map((glob) => `--glob=!${glob}`),
    };
  }
}

async function realRoot(cwd: string): Promise<string> {
  const root = await openInside('.', { cwd });
  await root.handle.close();
  return root.path;
}

const isBelow = (way: string): boolean => way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
const posix = (path: string): string => path.split(sep).join('/');
