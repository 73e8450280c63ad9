import { CliError, usageError } from '../cli-error.js';
import type { PluginSettingsAnswer } from '../client.js';
import type { Explanation } from '../local-config.js';
import { nearest } from '../nearest.js';
import { jsonLine } from '../terminal/safe-text.js';
import type { Screen } from '../terminal/screen.js';
import type { Bench, Command } from './command.js';

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
          runs(async ({ key }, bench) => {
            const { screen } = bench;
            const settings = (await ofPlugin(key, bench)) ?? (await settingsOf(key, screen));
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

/** `plugins.settings.<id>` or one of these: the running server knows what the plugin declares. */
async function ofPlugin(key: string, { client, screen }: Bench): Promise<Explanation[] | undefined> {
  const [, id = '', name] = /^plugins\.settings\.([^.]+)(?:\.(.+))?$/.exec(key) ?? [];
  if (id === '') return undefined;
  const found = await client.pluginSettings(id).catch((error: unknown) => {
    if (error instanceof CliError && name === undefined) return undefined;
    throw error;
  });
  if (!found) {
    screen.note(`only a running server that has the plugin "${id}" can say what its settings are for`);
    return undefined;
  }
  if (found.problem !== undefined) screen.note(found.problem);
  const fields = found.fields.filter((field) => name === undefined || field.key === name);
  if (fields.length > 0) return fields.map((field) => explained(found, field));
  const near = nearest(
    name ?? '',
    found.fields.map((field) => field.key),
  );
  throw usageError(`the plugin "${id}" has no setting "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`);
}

function explained({ id, values, from = 'not set' }: PluginSettingsAnswer, field: PluginSettingsAnswer['fields'][number]): Explanation {
  const isSet = Object.hasOwn(values, field.key);
  const origin = isSet ? from : field.default === undefined ? 'not set' : 'default';
  const kinds = [
    field.options ? `one of ${field.options.join(', ')}` : field.kind,
    field.secret && 'secret',
    field.required && 'has to be given',
  ];
  return {
    key: `plugins.settings.${id}.${field.key}`,
    value: isSet ? values[field.key] : field.default,
    from: origin,
    overridden: [],
    doc: `${field.description ?? field.label} (${kinds.filter(Boolean).join('; ')})`,
  };
}

const spelt = (value: unknown): string => (value === undefined ? '-' : typeof value === 'string' ? value : jsonLine(value));

function tell({ key, value, from, overridden, doc }: Explanation, screen: Screen): void {
  screen.line(`${key} = ${spelt(value)}`, 'bold');
  screen.line(`  from ${from}`);
  for (const each of overridden) screen.line(`  overrides ${spelt(each.value)} from ${each.from}`);
  screen.line(`  ${doc}`);
}
