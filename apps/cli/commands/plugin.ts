import type { PluginStatus } from 'dispatch/wire';
import type { Argv } from 'yargs';
import { failure } from '../cli-error.js';
import { nearest } from '../nearest.js';
import { jsonLine } from '../terminal/safe-text.js';
import type { Bench, Command } from './command.js';
import { authorVerbs, withAuthorVerbs } from './plugin-author.js';
import { addPackageVerbs, packageVerbs } from './plugin-packages.js';
import { listPlugins } from './plugins.js';

const changes = {
  reload: 'Read the folder of one again',
  enable: 'Let one run that was disabled, or that rests',
  disable: 'Stop one until it is enabled, also after a restart',
} as const;
type Change = keyof typeof changes;

/** `dispatch plugin list`, as `dispatch plugins`, `show <id>`, `reload`, `enable`, `disable`, those for packages, and what their authors need. */
export const plugin: Command = {
  name: 'plugin',
  verbs: ['list', 'show', ...Object.keys(changes), ...packageVerbs, ...authorVerbs],
  takes: 'plugin',
  add: (line, runs) =>
    line.command('plugin', "The server's plugins", (own) => {
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
          (its) => withPlugin(its),
          runs(({ id }, bench) => showPlugin(id, bench)),
        );
      for (const [verb, what] of Object.entries(changes))
        own.command(
          `${verb} <id>`,
          what,
          (its) => withPlugin(its),
          runs(({ id }, bench) => changePlugin(id, verb as Change, bench)),
        );
      addPackageVerbs(own, runs);
      return withAuthorVerbs(own, runs).demandCommand(1);
    }),
};

const withPlugin = <T>(its: Argv<T>) => its.positional('id', { type: 'string', demandOption: true, describe: 'Id of the plugin' });

async function changePlugin(id: string, verb: Change, { client, screen }: Bench): Promise<void> {
  const changed = await client.changePlugin(id, verb);
  if (screen.json) return screen.raw(jsonLine(changed));
  screen.line(`${changed.id} is ${changed.state}${changed.generation === undefined ? '' : `, generation ${changed.generation}`}`);
}

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

const facts = ({
  id,
  version,
  state,
  critical,
  reason,
  note,
  generation,
  faults,
  provides,
  needs,
  loadMs,
  source,
}: PluginStatus): [string, string][] =>
  [
    ['id', id],
    ['version', version],
    ['state', state + (critical ? ', critical' : '')],
    ['reason', reason],
    ['note', note],
    ['generation', generation?.toString()],
    ['faults', faults?.toString()],
    ['provides', provides.join(', ') || 'nothing'],
    ['needs', needs.join(', ') || 'nothing'],
    ['loaded in', loadMs === undefined ? undefined : `${Math.round(loadMs)} ms`],
    ['from', source],
  ].filter((fact): fact is [string, string] => fact[1] !== undefined);
