import { chmodSync, chownSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PluginFolder, plain, tool } from './plugin-folder.fixture.js';
import { folder } from './real-server.fixture.js';

/** What is wrong with an animal, and the words by which it must be named: in its reason, or in its note when it runs. */
interface Animal {
  files: Record<string, string>;
  reason?: RegExp;
  note?: RegExp;
  /** Cannot be done with files alone. */
  also?(path: string): void;
}
const inFile = (text: string, reason: RegExp): Animal => ({ files: { 'index.mjs': text }, reason });
const packaged = (dispatch: unknown, reason: RegExp): Animal => ({
  files: { 'package.json': JSON.stringify({ dispatch }), 'index.mjs': tool('packaged') },
  reason,
});
const turnAnimal = (id: string, provides: string, members: string, note: RegExp): Animal => ({
  files: { 'index.mjs': plain(id, provides, members) },
  note,
});
const filters = (id: string, kind: string, body: string, note: RegExp): Animal =>
  turnAnimal(id, `dispatch.${kind}-filter[]`, `filter(value, context) { ${body} }`, note);

/** Bad plugins, each in a folder of its own. Every one breaks a promise that another keeps. */
export const zoo: Readonly<Record<string, Animal>> = {
  'p01-empty': { files: { 'readme.txt': 'nothing' }, reason: /it has no plugin in it: add an index\.ts/ },
  'p01-no-entry': { files: { 'package.json': '{ "name": "x" }' }, reason: /the package\.json that is there names none/ },
  'p01-not-json': { files: { 'package.json': '{ "dispatch": ', 'index.mjs': tool('a') }, reason: /package\.json is not JSON/ },
  'p01-not-an-object': packaged('yes', /has a "dispatch" that is no object/),
  'p01-unknown-key': packaged({ id: 'p01-unknown-key', provide: 'x' }, /unknown field "provide"; did you mean "provides"/),
  'p01-wrong-type': packaged({ id: 'p01-wrong-type', provides: 7 }, /"provides" must be an id such as/),
  'p01-huge': {
    files: { 'package.json': JSON.stringify({ x: 'x'.repeat(7_000_000) }), 'index.mjs': tool('b') },
    reason: /larger than 1024 KiB/,
  },
  'p01-vast': {
    files: { 'package.json': JSON.stringify({ x: 'x'.repeat(10_000_000) }), 'index.mjs': tool('c') },
    reason: /larger than 8 MiB/,
  },
  'p01-syntax': inFile('export default class {', /could not be loaded: .*index\.mjs:1/),
  'p02-proto': inFile(tool('__proto__'), /"id" must be kebab-case/),
  'p02-upwards': inFile(tool('../up'), /"id" must be kebab-case/),
  'p02-upper': inFile(tool('Upper'), /"id" must be kebab-case/),
  'p02-copycat': inFile(tool('tool-shell'), /two plugins have the id "tool-shell": plugins\/tool-shell and .*p02-copycat/),
  'p02-same-tool': inFile(
    tool('p02-same-tool').replace("name = 'p02_same_tool'", "name = 'read_file'"),
    /the tool "read_file" of "p02-same-tool" has the name of one that "tool-read-file" \(plugins\/tool-read-file\) has/,
  ),
  'p03-needs-missing': inFile(
    tool('p03-needs-missing', '', '', ", inject: ['dispatch.conversation']"),
    /nearest id there is: dispatch\.conversations/,
  ),
  'p03-ring': inFile(
    `const one = (id, other) => class { static plugin = { id, provides: 'zoo.' + id, inject: ['zoo.' + other] } };
export default [one('ring-a', 'ring-b'), one('ring-b', 'ring-a')];`,
    /these plugins need each other: ring-/,
  ),
  'p03-engine': inFile(tool('p03-engine', '', '', ", engine: '^9.0.0'"), /it is made for Dispatch \^9\.0\.0, and this is/),
  'p03-engine-words': inFile(tool('p03-engine-words', '', '', ", engine: 'latest'"), /"engine" is "latest", which is no version range/),
  'p05-throws': inFile("throw new Error('at import');", /could not be loaded: at import/),
  'p05-import-never-ends': inFile('await new Promise(() => {});', /importing .*p05-import-never-ends took longer than/),
  'p05-constructor': inFile(tool('p05-constructor', '', "constructor() { throw new Error('in the constructor'); }"), /in the constructor/),
  'p05-start-rejects': inFile(
    tool('p05-start-rejects', '', "async start() { throw new Error('in start'); }"),
    /it did not start: in start/,
  ),
  'p05-start-never-ends': inFile(
    tool('p05-start-never-ends', '', 'start() { return new Promise(() => {}); }'),
    /start\(\) of plugin "p05-start-never-ends" took longer/,
  ),
  'p05-later-error': turnAnimal(
    'p05-later-error',
    'zoo.later-a',
    "start() { setTimeout(() => { throw new Error('much later'); }, 5); }",
    /an error that nobody handled: Error: much later/,
  ),
  'p05-later-rejection': turnAnimal(
    'p05-later-rejection',
    'zoo.later-b',
    "start() { setTimeout(() => Promise.reject(new Error('unheard')), 5); }",
    /a rejection that nobody handled: Error: unheard/,
  ),
  'p05-exits': turnAnimal('p05-exits', 'zoo.exits', 'start() { setTimeout(() => process.exit(3), 5); }', /process\.exit\(\)/),
  'p05-kills': turnAnimal(
    'p05-kills',
    'zoo.kills',
    "start() { setTimeout(() => process.kill(process.pid, 'SIGTERM'), 5); }",
    /process\.kill\(\)/,
  ),
  'p06-floods-the-log': {
    files: {
      'index.mjs': plain(
        'p06-floods-the-log',
        'zoo.log',
        "constructor(log) { this.log = log; } start() { for (let i = 0; i < 5000; i++) this.log.info('flood'); }",
        ", inject: ['dispatch.logger']",
      ),
    },
    note: /more than 200 records in a second/,
  },
  'p07-filter-throws': filters('p07-filter-throws', 'tool', "throw new Error('no tools');", /its filter of tools: no tools/),
  'p07-filter-never-ends': filters(
    'p07-filter-never-ends',
    'prompt',
    'return new Promise(() => {});',
    /filter of the system prompt of the plugin .* took longer than/,
  ),
  'p07-filter-wrong-shape': filters(
    'p07-filter-wrong-shape',
    'message',
    "return 'none';",
    /its filter of messages: it answered no list of messages/,
  ),
  'p07-filter-mutates': filters(
    'p07-filter-mutates',
    'message',
    "value[0].chunks.push({ type: 'text', text: 'x' }); return value;",
    /not extensible/,
  ),
  'p07-listener-throws': turnAnimal(
    'p07-listener-throws',
    'dispatch.event-listener[]',
    "onEvent() { throw new Error('deaf'); }",
    /its event listener: deaf/,
  ),
  'p07-listener-rejects': turnAnimal(
    'p07-listener-rejects',
    'dispatch.event-listener[]',
    "async onEvent() { throw new Error('deaf later'); }",
    /its event listener: deaf later/,
  ),
  'p07-no-execute': inFile(tool('p07-no-execute').replace('execute()', 'run()'), /its tool "p07_no_execute" has no execute\(\)/),
  'p11-health': inFile(
    plain('p11-health', 'dispatch.route[]', "routes = [{ method: 'GET', path: '/health', summary: 'x', handle: () => ({}) }];"),
    /its route GET \/health cannot be served/,
  ),
  'p11-wildcard': inFile(
    plain('p11-wildcard', 'dispatch.route[]', "routes = [{ method: 'GET', path: '/*all', summary: 'x', handle: () => ({}) }];"),
    /its route GET \/\*all cannot be served/,
  ),
  'p11-taken': inFile(
    plain('p11-taken', 'dispatch.route[]', "routes = [{ method: 'GET', path: '/conversations/:name', summary: 'x', handle: () => ({}) }];"),
    /the route GET \/conversations\/:… of "p11-taken" has the name of one that "conversation-store/,
  ),
  'p13-link': {
    files: {},
    reason: /is a link to .*, which lies outside of .*: name that folder in DISPATCH_PLUGINS instead/,
    also: (path) => symlinkSync(folder('elsewhere'), path),
  },
  'p13-file-link': {
    files: { 'index.mjs': tool('p13-file-link') },
    reason: /words\.mjs is a link to \/etc\/hostname, which lies outside/,
    also: (path) => symlinkSync('/etc/hostname', join(path, 'words.mjs')),
  },
  'p13-open-folder': {
    files: { 'index.mjs': tool('p13-open-folder') },
    reason: /may be written to by everybody/,
    also: (path) => chmodSync(path, 0o777),
  },
  'p13-open-file': {
    files: { 'index.mjs': tool('p13-open-file') },
    reason: /index\.mjs may be written to by everybody/,
    also: (path) => chmodSync(join(path, 'index.mjs'), 0o666),
  },
  ...(process.getuid?.() === 0 && {
    'p13-foreign': {
      files: { 'index.mjs': tool('p13-foreign') },
      reason: /belongs to another user/,
      also: (path: string) => chownSync(path, 12_345, 12_345),
    },
  }),
};

/** All of them side by side, with two that are only odd. */
export function openZoo(): PluginFolder {
  const plugins = new PluginFolder();
  for (const [name, { files, also }] of Object.entries(zoo)) {
    if (Object.keys(files).length > 0) mkdirSync(join(plugins.path, name));
    for (const [file, text] of Object.entries(files)) plugins.write(join(name, file), text);
    also?.(join(plugins.path, name));
  }
  plugins.write('p01-bom/package.json', '\uFEFF{ "dispatch": { "id": "p01-bom", "provides": "dispatch.tool[]" } }');
  plugins.write('p01-bom/index.mjs', `\uFEFF${tool('p01-bom')}`);
  plugins.write('good/index.mjs', tool('good'));
  return plugins;
}
