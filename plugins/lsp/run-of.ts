import { join } from 'node:path';
import { type Configured, howToTrust, type Plan } from './configured.js';
import { findProgram, typeScriptBeside } from './find-program.js';

/** How a configured server is run. */
export interface Run {
  /** Absolute path. */
  program: string;
  args: readonly string[];
  initialization: unknown;
}

/** How a server would be run; a sentence when it cannot be; undefined for a built-in one that is not there. */
export function runOf(server: Configured, plan: Pick<Plan, 'trusted'>, directory: string): Run | string | undefined {
  if (server.problem ?? server.inert) return server.problem ?? server.inert;
  const first = plan.trusted ? [join(directory, 'node_modules', '.bin')] : [];
  const search = { first, path: server.env.PATH ?? process.env.PATH, directory };
  for (const [name = '', ...args] of server.commands) {
    const program = findProgram(name, search);
    if (program === undefined) continue;
    if (!server.builtIn?.wantsTypeScript || plan.trusted) return { program, args, initialization: server.initialization };
    const typescript = typeScriptBeside(program);
    if (typescript !== undefined) return { program, args, initialization: withTypeScript(server.initialization, typescript) };
    return `there is no TypeScript beside ${program}, and the project's own is code that has to be trusted first: ${howToTrust(directory)}`;
  }
  if (server.builtIn) return undefined;
  return `the command ${JSON.stringify(server.commands[0]?.[0])} was not found; no shell is used, so it must be one program, its arguments after it`;
}

function withTypeScript(initialization: unknown, path: string): unknown {
  const { tsserver, ...rest } = (initialization ?? {}) as { tsserver?: object };
  return { ...rest, tsserver: { ...tsserver, path } };
}
