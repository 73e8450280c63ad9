import type { PluginStatus } from 'dispatch/wire';
import { failure } from '../cli-error.js';
import { nearest } from '../nearest.js';
import { jsonLine } from '../terminal/safe-text.js';
import type { Bench, Command } from './command.js';
import { listPlugins } from './plugins.js';

/** `dispatch plugin list`, as `dispatch plugins`, and `dispatch plugin show <id>`. */
export const plugin: Command = {
  name: 'plugin',
  verbs: ['list', 'show'],
  takes: 'plugin',
  add: (line, runs) =>
    line.command('plugin', "The server's plugins", (own) =>
      own
        .command(
          'list',
          'List them in start order',
          (its) => its,
          runs((_args, bench) => listPlugins(bench)),
        )
        .command(
          'show <id>',
          'Show one',
          (its) => its.positional('id', { type: 'string', demandOption: true, describe: 'Id of the plugin' }),
          runs(({ id }, bench) => showPlugin(id, bench)),
        )
        .demandCommand(1),
    ),
};

async function showPlugin(id: string, { client, screen }: Bench): Promise<void> {
  const { plugins } = await client.plugins();
  const found = plugins.find((each) => each.id === id);
  if (!found) {
    const near = nearest(
      id,
      plugins.map((each) => each.id),
    );
    throw failure(`there is no plugin "${id}"${near ? `; did you mean "${near}"?` : ''} (see "dispatch plugins")`);
  }
  if (screen.json) return screen.raw(jsonLine(found));
  for (const [name, value] of facts(found)) screen.line(value, 'dim', `${name}:`);
}

const facts = ({ id, version, state, critical, reason, provides, needs, loadMs, source }: PluginStatus): [string, string][] =>
  [
    ['id', id],
    ['version', version],
    ['state', state + (critical ? ', the server needs it' : '')],
    ['reason', reason],
    ['provides', provides.join(', ') || 'nothing'],
    ['needs', needs.join(', ') || 'nothing'],
    ['loaded in', loadMs === undefined ? undefined : `${Math.round(loadMs)} ms`],
    ['from', source],
  ].filter((fact): fact is [string, string] => fact[1] !== undefined);
