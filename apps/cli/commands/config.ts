import type { Explanation } from '../local-config.js';
import { jsonLine } from '../terminal/safe-text.js';
import type { Screen } from '../terminal/screen.js';
import type { Command } from './command.js';

/** `dispatch config show|explain|path`: what a server that is started here by this user takes, and from where. */
export const config: Command = {
  name: 'config',
  verbs: ['show', 'explain', 'path'],
  takes: 'setting',
  add: (line, runs) =>
    line.command('config', 'The configuration that a server started here would take', (own) =>
      own
        .command(
          'show [key]',
          'Show all settings, or some',
          (its) => its.positional('key', { type: 'string', describe: 'A setting, or the beginning of some: http' }),
          runs(async ({ key }, { screen }) => {
            const settings = await settingsOf(key, screen);
            if (screen.json) return screen.raw(jsonLine(settings));
            for (const { key, value, from } of settings) screen.line(`${key} = ${spelt(value)}  (${from})`);
          }),
        )
        .command(
          'explain <key>',
          'Say what a setting is for, its value, where that was written and what it overrides',
          (its) => its.positional('key', { type: 'string', demandOption: true, describe: 'A setting, such as http.port' }),
          runs(async ({ key }, { screen }) => {
            const settings = await settingsOf(key, screen);
            if (screen.json) return screen.raw(jsonLine(settings));
            for (const each of settings) tell(each, screen);
          }),
        )
        .command(
          'path',
          'List the files that settings are read from, the strongest first',
          (its) => its,
          runs(async (_args, { screen }) => {
            const { configPaths } = await import('../local-config.js');
            const files = configPaths();
            if (screen.json) return screen.raw(jsonLine(files));
            for (const { path, exists } of files) screen.line(exists ? path : `${path}  (not there)`);
          }),
        )
        .demandCommand(1),
    ),
};

/** The schema is a large library: it is loaded by these commands only. */
async function settingsOf(key: string | undefined, screen: Screen): Promise<Explanation[]> {
  const { explained, localConfig } = await import('../local-config.js');
  const loaded = localConfig();
  for (const warning of loaded.warnings) screen.note(warning);
  return explained(loaded, key);
}

const spelt = (value: unknown): string => (value === undefined ? '-' : typeof value === 'string' ? value : jsonLine(value));

function tell({ key, value, from, overridden, doc }: Explanation, screen: Screen): void {
  screen.line(`${key} = ${spelt(value)}`, 'bold');
  screen.line(`  from ${from}`);
  for (const each of overridden) screen.line(`  overrides ${spelt(each.value)} from ${each.from}`);
  screen.line(`  ${doc}`);
}
