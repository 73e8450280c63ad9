import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Inspected, MadePlugin, Trial } from '../apps/author/index.js';
import { cliFile } from './cli.fixture.js';
import { faulty, tried } from './plugin-author.fixture.js';
import { folder, root } from './real-server.fixture.js';

const place = folder('author');
afterAll(() => rmSync(place, { recursive: true, force: true }));

const execute = promisify(execFile);
type Outcome = { code: number; out: string; err: string };
async function run(command: string, args: string[], cwd = place): Promise<Outcome> {
  const env = { PATH: process.env.PATH, HOME: place };
  return execute(command, args, { cwd, env }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
  );
}
const dispatch = (...args: string[]): Promise<Outcome> => run(process.execPath, [cliFile, ...args]);
const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await dispatch(...args, '--json')).out) as T;

describe.each(['ts', 'js'])('dispatch plugin new --%s', (language) => {
  const name = `made-in-${language}`;
  let made: MadePlugin;

  test('makes a folder with all that a plugin wants, and says how to go on', async () => {
    made = await json<MadePlugin>('plugin', 'new', name, `--${language}`);
    const code =
      language === 'ts' ? ['index.test.ts', 'index.ts', 'package.json', 'tsconfig.json'] : ['index.mjs', 'index.test.mjs', 'package.json'];
    expect(made).toMatchObject({ id: name, folder: join(place, name), files: ['.gitignore', 'README.md', ...code] });
    expect(made.next.map(({ command }) => command)).toEqual([
      `cd ${name} && npm test`,
      'npx dispatch plugin test .',
      'DISPATCH_PLUGINS=. npx dispatch-server',
    ]);
  });

  test('its own test passes, though nothing was installed', async () => {
    const { scripts } = JSON.parse(readFileSync(join(made.folder, 'package.json'), 'utf8'));
    const [, ...args] = scripts.test.split(' ');
    expect(await run(process.execPath, args, made.folder)).toMatchObject({ code: 0, out: expect.stringContaining('# pass 1') });
  });

  test('it stands whatever is tried', async () => {
    const trial = await json<Trial>('plugin', 'test', name);
    expect(trial.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(trial).toMatchObject({ score: 100, passed: trial.total });
    expect(trial.total).toBeGreaterThan(15);
  });

  test('never writes over anything', async () => {
    const before = readFileSync(join(made.folder, 'README.md'), 'utf8');
    expect(await dispatch('plugin', 'new', name)).toMatchObject({ code: 1, err: expect.stringContaining('is there already') });
    expect(readFileSync(join(made.folder, 'README.md'), 'utf8')).toBe(before);
  });

  test('what it declares is read without running it', async () => {
    const [file] = language === 'ts' ? ['index.ts'] : ['index.mjs'];
    const text = readFileSync(join(made.folder, file as string), 'utf8');
    writeFileSync(join(made.folder, file as string), `${text}\nthrow new Error('it was run');\n`);
    expect(await json<Inspected>('plugin', 'inspect', name)).toMatchObject({
      plugins: [{ id: name, version: '0.1.0', engine: '^0.1.0', provides: ['dispatch.tool[]'], needs: [] }],
      problems: [],
    });
  });
});

test('a compiler that knows nothing of Dispatch finds its types, and says what does not fit them', async () => {
  const { folder: made } = await json<MadePlugin>('plugin', 'new', 'typed');
  const compile = () => run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], made);
  expect(await compile()).toEqual({ code: 0, out: '', err: '' });
  const file = join(made, 'index.ts');
  writeFileSync(file, readFileSync(file, 'utf8').replace('who: string }): string', 'who: string }): number'));
  expect((await compile()).out).toMatch(/'number' is not assignable to type 'ToolAnswer/);
});

test('where a server looks anyway, it is not told to start one', async () => {
  const { next } = await json<MadePlugin>('plugin', 'new', '.local/share/dispatch/plugins/usual');
  expect(next[2]?.command).toBe('npx dispatch plugin show usual');
});

test.each([
  ['Bad_Name', 1, '"Bad_Name" cannot be the id of a plugin: "id" must be kebab-case'],
  ['../outside/made', 0, ''],
])('dispatch plugin new %s', async (name, code, words) => {
  const outcome = await dispatch('plugin', 'new', name);
  expect(outcome).toMatchObject({ code, err: expect.stringContaining(words) });
  rmSync(join(place, '../outside'), { recursive: true, force: true });
  expect(existsSync(join(place, 'Bad_Name'))).toBe(false);
});

describe('dispatch plugin inspect', () => {
  test.each([
    ['dice-class', { id: 'dice-class', provides: ['dispatch.tool[]'] }],
    ['dice-plain', { id: 'dice-plain', provides: ['dispatch.tool[]'], needs: ['dispatch.clock'] }],
    ['dice-object', { id: 'dice-object', provides: ['dispatch.tool[]'], needs: ['dispatch.clock'] }],
  ])('reads each spelling: %s', async (name, declared) => {
    expect(await json<Inspected>('plugin', 'inspect', join(root, 'examples', name))).toMatchObject({ plugins: [declared], problems: [] });
  });

  test('reads lists, names for ids, and ids of others; shows it to people', async () => {
    writeFileSync(
      join(place, 'several.ts'),
      `import { Routes as R } from 'dispatch/contracts';
import { definePlugin, inject, Logger, plugin, slot, type Tool, Tools } from 'dispatch/kernel';
const Mine = slot<Tool>('acme.mine[]');
const settings = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
@plugin({ id: 'first', provides: [Tools, Mine], settings, capabilities: ['network'], engine: '^9.0.0' })
class First { constructor(@inject(R) readonly routes: unknown, @inject(Logger) readonly logger: Logger) {} }
export default [First, definePlugin({ id: 'second', provides: [], inject: { logger: Logger }, create: () => ({}) })];`,
    );
    const { out, code } = await dispatch('plugin', 'inspect', 'several.ts');
    expect(code).toBe(1);
    expect(out.split('\n').map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        ...[
          'id: first',
          'provides: dispatch.tool[], acme.mine[]',
          'needs: dispatch.route[], dispatch.logger',
          'settings: city (string, required)',
        ],
        ...['capabilities: network', 'id: second', 'needs: dispatch.logger', 'engine: ^9.0.0'],
        '✗ it is made for Dispatch ^9.0.0, and this is 0.1.0: get a version of it that is made for this one',
      ]),
    );
  });

  test.each([
    ['made.mjs', 'export default make();', 'what it exports by default is made by a function of its own'],
    ['nothing.mjs', 'export const x = 1;', 'it exports nothing by default'],
    [
      'imported.ts',
      "import { Mine } from './mine.js'; import { plugin } from 'dispatch/kernel';\n@plugin({ id: 'x', provides: Mine }) export default class {}",
      'it takes "Mine" from ./mine.js',
    ],
    ['half.mjs', 'export default class {', 'Unexpected token'],
  ])('says what cannot be known without running it: %s', async (name, text, words) => {
    writeFileSync(join(place, name), text);
    expect((await json<Inspected>('plugin', 'inspect', name)).problems.join()).toContain(words);
  });

  test('says that there is nothing', async () => {
    expect(await dispatch('plugin', 'inspect', 'nowhere')).toMatchObject({ code: 1, err: expect.stringMatching(/there is no .*nowhere/) });
  });
});

describe('dispatch plugin test finds', () => {
  test.each(Object.entries(faulty))('%s', async (name, { finds: [check, detail] }) => {
    const trial = await tried(place, name);
    const found = trial.checks.find((each) => (typeof check === 'string' ? each.name === check : check.test(each.name)));
    expect(found).toEqual({ name: expect.anything(), ok: false, detail: expect.stringMatching(detail) });
    expect(trial.score).toBeLessThan(100);
  });

  test('nothing wrong with what needs the server, and settings; calls nothing when told so', async () => {
    writeFileSync(
      join(place, 'whole.mjs'),
      `export default class {
  static plugin = { id: 'whole', engine: '*', provides: ['dispatch.tool[]', 'dispatch.surface[]', 'dispatch.prompt-filter[]', 'dispatch.event-listener[]'],
    inject: ['dispatch.config', 'dispatch.database', 'dispatch.conversations', 'dispatch.surface-updates'],
    settings: { type: 'object', properties: { city: { type: 'string', minLength: 3 } }, required: ['city'] } };
  name = 'whole'; description = 'Counts.'; input = { type: 'object', properties: {} };
  entry = { id: 'whole', region: 'side', title: 'Whole', scope: 'global' };
  constructor(config, database, conversations) { Object.assign(this, { config, database, conversations }); }
  async execute() {
    if (this.config.text('plugins.settings.whole.city').length < 3) throw new TypeError('no city');
    const [row] = await this.database.read((manager) => manager.query('SELECT 1 AS one'));
    return String(row.one + (await this.conversations.list({})).length);
  }
  render() { return { id: 'whole', region: 'side', title: 'Whole', fields: [{ kind: 'stat', label: 'one', value: '1' }] }; }
  filter(prompt) { return prompt; }
  onEvent() {}
}`,
    );
    const trial = await json<Trial>('plugin', 'test', 'whole.mjs');
    expect(trial.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(trial.checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'its surface "whole" can be shown',
        'its filter of the system prompt takes a value and gives one',
        'its event listener takes every event',
      ]),
    );
    const quiet = await json<Trial>('plugin', 'test', 'whole.mjs', '--no-calls');
    expect(trial.total - quiet.total).toBe(4);
  });
});
