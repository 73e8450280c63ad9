import { isAbsolute, relative, resolve } from 'node:path';
import { pathKeys } from './keys.js';
import type { Assignment } from './layers.js';

/** What a project's own file may not say: it came with the project, and so may be anybody's. */
const forbidden: readonly string[] = [
  'provider.apiKey',
  'provider.baseUrl',
  'provider.plainHttpHosts',
  'umans.apiKey',
  'umans.baseUrl',
  'tools.web',
  'tools.youtube',
  'credentials',
  'auth',
  'access',
  'http.host',
  'http.allowedHosts',
  'http.allowedOrigins',
  'http.devPorts',
  'plugins.folders',
  'plugins.prefer',
  'plugins.settings',
  'plugins.filterLimitMs',
  'plugins.safe',
  'tools.allowProtected',
  'webDir',
  'mcpServers',
  'lsp.servers',
];

/** Leaves out of a project's file what it may not set: keys, addresses, access, plugins, and paths outside of it. */
export function projectAllowed(assignments: readonly Assignment[]): { allowed: Assignment[]; warnings: string[] } {
  const ignored = assignments.filter((each) => isForbidden(each) || leavesProject(each));
  const [first] = ignored;
  return {
    allowed: assignments.filter((each) => !ignored.includes(each)),
    warnings: first
      ? [
          `${first.origin.text}: ignored ${ignored.map(({ path }) => path).join(', ')}; a project's own file may not set these, put them into your user file`,
        ]
      : [],
  };
}

const isForbidden = ({ path }: Assignment): boolean => forbidden.some((key) => path === key || path.startsWith(`${key}.`));

function leavesProject({ path, value, origin }: Assignment): boolean {
  if (!pathKeys.has(path) || typeof value !== 'string') return false;
  const way = relative(origin.base, resolve(origin.base, value));
  return value.startsWith('~') || way === '..' || way.startsWith('../') || isAbsolute(way);
}
