import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { groups, keys } from '../config/keys.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const text = (path: string): string => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '');
const isCode = (name: string) => /\.(ts|mjs)$/.test(name) && !/\.(test|types|fixture)\.(ts|mjs)$/.test(name);
const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`);
const codeIn = (folder: string): string => filesIn(folder).filter(isCode).map(text).join('\n');

const folders = readdirSync(join(root, 'plugins')).filter((name) => existsSync(join(root, 'plugins', name, 'index.ts')));
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'plugins/README.md', 'examples/README.md', 'apps/cli/README.md'],
  ...filesIn('docs').filter((name) => name.endsWith('.md') && !name.endsWith('cli-transcript.md')),
  ...folders.map((name) => `plugins/${name}/README.md`).filter((path) => existsSync(join(root, path))),
];
/** Every file of ours, to find out whether a name is one. */
const everything = ['apps', 'plugins', 'kernel', 'config', 'scripts', 'bench', 'tests', 'examples']
  .flatMap(filesIn)
  .filter((name) => /\.(ts|mjs)$/.test(name))
  .map(text)
  .join('\n');
const unique = (names: Iterable<string>): string[] => [...new Set(names)].sort();
const found = (pattern: RegExp, where: string): string[] => unique([...where.matchAll(pattern)].map(([, name]) => name as string));

/** What each name of an id stands for: `Conversations` → `dispatch.conversations`. */
const ids = new Map(
  [...everything.matchAll(/export const (\w+)[^=]*= (?:service|slot)(?:<[^\n]*>)?\(\s*'([^']+)'/g)].map(([, name = '', id = '']) => [
    name,
    id,
  ]),
);
const listsOf = (code: string): string[] =>
  [...code.matchAll(/provides: \[?([\w, ]+)\]?/g), ...code.matchAll(/@inject\((\w+)\)/g), ...code.matchAll(/\binject: \{([^}]*)\}/g)]
    .flatMap(([, names = '']) => names.split(',').map((each) => each.replace(/^.*:/, '').trim()))
    .filter((name) => ids.has(name));

describe.each(folders)('plugins/%s/README.md', (folder) => {
  const readme = text(`plugins/${folder}/README.md`);
  const code = codeIn(`plugins/${folder}`);

  test('is there, with at most 40 lines', () => {
    const lines = readme.trimEnd().split('\n').length;
    expect([lines > 5, lines <= 40]).toEqual([true, true]);
  });

  test('names what the folder provides and needs, but for what its plugins have among themselves', () => {
    const contract = text(`plugins/${folder}/contract.ts`);
    const own = found(/export const (\w+)[^=\n]*= (?:service|slot)\b/g, code).filter((name) => !new RegExp(`\\b${name}\\b`).test(contract));
    const plain = ['EntitySets', 'Routes', 'Surfaces', 'SocketHandlers', 'HealthChecks', 'TrustSubjects', 'ToolFilters', ...own];
    const wanted = unique(listsOf(code)).filter((name) => !plain.includes(name));
    const missing = wanted.filter((name) => !new RegExp(`\\b${name}\\b`).test(readme) && !readme.includes(ids.get(name) as string));
    expect(missing).toEqual([]);
  });

  test('names every setting that the folder reads', () => {
    const read = [...keys.keys()].filter((key) => code.includes(`'${key}'`) && (key.includes('.') || code.includes(`('${key}'`)));
    const isNamed = (key: string) =>
      [key, key.replace(/^.*\./, '')].some((name) => readme.includes(`\`${name}\``)) ||
      new RegExp(`all of [^.]*\`${key.replace(/\..*$/, '')}\``).test(readme);
    expect(read.filter((key) => !isNamed(key))).toEqual([]);
  });

  test('names only files that it has', () => {
    const named = found(/`([\w.-]+\.(?:ts|mjs))`/g, readme);
    const here = filesIn(`plugins/${folder}`).map((name) => name.replace(/^.*\//, ''));
    expect(named.filter((name) => !here.includes(name))).toEqual([]);
  });
});

test('plugins/README.md has a row for every plugin, and for nothing else', () => {
  const rows = [...text('plugins/README.md').matchAll(/^\| (`[a-z][^|]*`) \|/gm)].flatMap(([, cell = '']) => found(/`([a-z-]+)`/g, cell));
  expect(unique(rows)).toEqual(unique(folders));
});

describe.each(pages)('%s', (path) => {
  const page = text(path);

  test('names only settings, variables and ids that there are', () => {
    const settings = found(/`((?:[a-z]\w*)\.[a-z]\w*(?:\.[a-z]\w*)?)`/g, page).filter(
      (name) => groups.has(name.replace(/\..*$/, '')) && !/\.(ts|mjs|md|json)$/.test(name),
    );
    const variables = found(/\b((?:DISPATCH|OPENAI|UMANS|FIRECRAWL|YOUTUBE|BACKEND|SURFACE)_[A-Z_]+)\b/g, page);
    const named = found(/\b(dispatch\.[a-z][a-z-]*(?:\[\])?)/g, page).filter((id) => !/^dispatch\.(db|lock|config|jsonc)/.test(id));
    expect({
      settings: settings.filter((name) => !keys.has(name) && !groups.has(name)),
      variables: variables.filter((name) => !everything.includes(name)),
      ids: named.filter((id) => ![...ids.values()].includes(id)),
    }).toEqual({ settings: [], variables: [], ids: [] });
  });

  test('names only files that there are', () => {
    const named = found(/`((?:apps|plugins|kernel|config|docs|scripts|bench|tests|examples)\/[\w./-]*\w)`/g, page);
    expect(named.filter((name) => !existsSync(join(root, name)) && !existsSync(join(root, `${name}.test.ts`)))).toEqual([]);
  });

  test('shows only commands that there are', () => {
    const verbs = readdirSync(join(root, 'apps/cli/commands')).map((name) => name.replace('.ts', ''));
    const shown = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
      found(/(?:^|&& )(?:npx )?dispatch ([a-z]+)(?=\s)/gm, block),
    );
    expect(shown.filter((verb) => !verbs.includes(verb))).toEqual([]);
  });
});
