import { basename } from 'node:path';
import type { Argv } from 'yargs';
import type { Check, Inspected, MadePlugin, Trial } from '../author-tools.js';
import { exitCodes } from '../cli-error.js';
import { jsonLine } from '../terminal/safe-text.js';
import type { Screen } from '../terminal/screen.js';
import type { Everywhere, Runs } from './command.js';

export const authorVerbs = ['new', 'inspect', 'test'];

/** `dispatch plugin new`, `inspect` and `test`: for those who write plugins. They need no server. */
export const withAuthorVerbs = (own: Argv<Everywhere>, runs: Runs): Argv<Everywhere> =>
  own
    .command(
      'new <name>',
      'Make a folder with a plugin that works, its test and its README',
      (its) =>
        its
          .positional('name', { type: 'string', demandOption: true, describe: 'The folder; its last part becomes the id' })
          .option('ts', { type: 'boolean', describe: 'In TypeScript, which nobody has to build (as it is without a flag)' })
          .option('js', { type: 'boolean', describe: 'In plain JavaScript' })
          .conflicts('ts', 'js'),
      runs(async ({ name, js }, { screen }) => {
        const { made } = await import('../author-tools.js');
        showMade(await made(name, js ? 'js' : 'ts'), screen);
      }),
    )
    .command(
      'inspect <path>',
      'Show what a plugin declares, without running it',
      (its) => withPath(its),
      runs(async ({ path }, { screen, end }) => {
        const { inspected } = await import('../author-tools.js');
        const all = await inspected(path);
        for (const each of all) screen.json ? screen.raw(jsonLine(each)) : showInspected(each, screen);
        if (all.some(({ problems }) => problems.length > 0)) end(exitCodes.failed);
      }),
    )
    .command(
      'test <path>',
      'Try what a plugin has to stand, and count',
      (its) => withPath(its).option('no-calls', { type: 'boolean', describe: 'Call none of its tools with made-up input' }),
      runs(async ({ path, 'no-calls': quiet }, { screen, end }) => {
        const { tried } = await import('../author-tools.js');
        const trial = await tried(path, quiet !== true, (check) => showCheck(check, screen));
        showTrial(trial, screen);
        if (trial.passed < trial.total) end(exitCodes.failed);
      }),
    );

const withPath = <T>(its: Argv<T>) =>
  its.positional('path', { type: 'string', demandOption: true, describe: 'Folder or file of the plugin' });

function showMade(made: MadePlugin, screen: Screen): void {
  if (screen.json) return screen.raw(jsonLine(made));
  screen.line(`made ${made.folder}: ${made.files.join(', ')}`, 'bold');
  for (const { command, what } of made.next) screen.line(`  ${command}`.padEnd(48) + what);
}

function showInspected({ source, entry, plugins, problems }: Inspected, screen: Screen): void {
  screen.line(source, 'bold');
  if (entry !== undefined && entry !== source) screen.line(`  runs ${basename(entry)}`);
  for (const { id, version, engine, provides, needs, settings, capabilities, critical } of plugins) {
    const facts = {
      id: id + (critical ? ', critical' : ''),
      version: version ?? 'not said',
      engine: engine ?? 'not said',
      provides: provides.join(', ') || 'nothing',
      needs: needs.join(', ') || 'nothing',
      settings: settings ? settingsIn(settings) : 'none',
      capabilities: capabilities?.join(', ') || 'none said',
    };
    for (const [name, value] of Object.entries(facts)) screen.line(value, 'dim', `  ${name}:`);
  }
  for (const problem of problems) screen.line(`  ✗ ${problem}`, 'red');
}

/** The names of what can be set, with their types. */
function settingsIn({ properties, required }: Record<string, unknown>): string {
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(Object(properties) as Record<string, { type?: unknown }>)
    .map(([name, { type }]) => `${name} (${[type ?? 'anything', ...(needed.includes(name) ? ['required'] : [])].join(', ')})`)
    .join(', ');
}

function showCheck({ name, ok, detail }: Check, screen: Screen): void {
  if (screen.json) return;
  screen.line(`${ok ? '✓' : '✗'} ${name}`, ok ? undefined : 'red');
  if (detail !== undefined) screen.line(`    ${detail}`);
}

function showTrial(trial: Trial, screen: Screen): void {
  if (screen.json) return screen.raw(jsonLine(trial));
  screen.line(`${trial.passed} of ${trial.total} hold, score ${trial.score}`, 'bold');
}
