import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { environmentAssignments, variables } from './environment.js';
import { type Key, keys } from './keys.js';
import type { Origin } from './layers.js';
import { projectAllowed } from './project-rules.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = join(root, 'docs/configuration.md');
const [begin, end] = ['<!-- from here on made of config/schema.ts -->', '<!-- to here -->'] as const;

const code = (text: string) => `\`${text}\``;
const cell = (text: string) => text.replaceAll('|', '\\|');
const shown = (value: unknown) => (value === undefined ? '' : code(JSON.stringify(value)));
const groupOf = (key: string) => (key.includes('.') ? key.slice(0, key.indexOf('.')) : '');

function variablesOf(key: string): string {
  const names = variables.filter(([, each]) => each === key).map(([name]) => name);
  const plain = names.filter((name) => !name.endsWith('_FILE'));
  return plain.map((name) => code(name) + (names.includes(`${name}_FILE`) ? ` (${code('…_FILE')})` : '')).join(', else ');
}

const rowOf = ({ key, byDefault, doc }: Key) => `| ${code(key)} | ${shown(byDefault)} | ${variablesOf(key)} | ${cell(doc)} |`;

function tables(): string {
  const all = [...keys.values()];
  const groups = [...new Set(all.map(({ key }) => groupOf(key)))].sort();
  const table = (group: string) => [
    `### ${group === '' ? 'By themselves' : code(group)}`,
    '',
    '| key | default | variable | |',
    '|---|---|---|---|',
    ...all.filter(({ key }) => groupOf(key) === group).map(rowOf),
    '',
  ];
  return groups.flatMap(table).join('\n');
}

const dotenv: Origin = { text: '.env', base: '/p', scope: 'dotenv' };
const keptFromDotenv = (): string[] => {
  const kept = variables.filter(([name]) => {
    const { assignments } = environmentAssignments(new Map([[name, { value: '1', origin: dotenv }]]), () => '1');
    return assignments.length === 0;
  });
  return [...new Set(kept.map(([, key]) => key))];
};
const keptFromProjects = (): string[] => {
  const origin: Origin = { text: 'project', base: '/p', scope: 'project' };
  return [...keys.keys()].filter((path) => projectAllowed([{ path, value: undefined, origin }]).allowed.length === 0);
};

const sources = ['apps', 'plugins', 'kernel'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(test|fixture|types)\.ts$/.test(name))
    .map((name) => readFileSync(join(root, folder, name), 'utf8')),
);
const unread = (): string[] => [...keys.keys()].filter((key) => !sources.some((text) => text.includes(`'${key}'`)));

const listed = (names: readonly string[]) => (names.length === 0 ? 'nothing' : names.map(code).join(', '));

const made = () =>
  [
    `A project's own file may not set ${listed(keptFromProjects())}.`,
    '',
    `A start directory's ${code('.env')} may not set ${listed(keptFromDotenv())}.`,
    '',
    `Checked, and read by no part of this build yet: ${listed(unread())}.`,
    '',
    tables(),
  ].join('\n');

test('docs/configuration.md has every key with its default, its variables and its sentence (DISPATCH_SETTINGS_PAGE=write makes it so)', () => {
  const page = readFileSync(file, 'utf8');
  const [head, rest = ''] = page.split(begin);
  const [, tail = ''] = rest.split(end);
  const wanted = `${head}${begin}\n\n${made()}${end}${tail}`;
  if (process.env.DISPATCH_SETTINGS_PAGE === 'write') writeFileSync(file, wanted);
  expect(readFileSync(file, 'utf8')).toBe(wanted);
});
