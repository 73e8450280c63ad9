import { type Definition, entriesIn } from './definition.js';

/** What trusting a file of `mcpServers` would bring about, one line each, nothing filled in. Throws when it makes no sense. */
export const summaryOf = (text: string): string[] =>
  entriesIn(text).flatMap(({ id, disabled, definition }) => {
    const name = JSON.stringify(id);
    if ('problem' in definition) return [`${name}: not usable, ${definition.problem}`];
    return disabled ? [`${name}: disabled`] : linesOf(name, definition);
  });

function linesOf(name: string, definition: Definition): string[] {
  if (definition.kind === 'http') return [`${name} asks ${definition.url}`, ...pairs(name, 'sends the header', ': ', definition.headers)];
  const { command, args, env, cwd } = definition;
  const where = cwd === undefined ? '' : ` in ${word(cwd)}`;
  return [`${name} runs ${[command, ...args].map(word).join(' ')}${where}`, ...pairs(name, 'with', '=', env)];
}

const pairs = (name: string, verb: string, sign: string, values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).map(([key, value]) => `${name} ${verb} ${word(key)}${sign}${word(value)}`);

/** As it is, or in quotes where that would hide where it begins and ends. */
const word = (text: string): string => (/^[\w@%+=:,./${}~-]+$/.test(text) ? text : JSON.stringify(text));
