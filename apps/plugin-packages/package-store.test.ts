import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { dicePackage, emptyFolder, noRegistry } from './package.fixture.js';
import { PackageStore } from './package-store.js';
import { receiptProblem } from './receipt.js';

const base = emptyFolder();
const plugins = join(base, 'plugins');
const dice = dicePackage(join(base, 'dice'));
const env = noRegistry(base);
const store = new PackageStore(plugins, '0.1.0', env);
afterAll(() => rmSync(base, { recursive: true }));

const content = (...path: string[]): string => readFileSync(join(plugins, ...path), 'utf8');
const refused = (asked: string) =>
  store.prepare(asked, base).then(
    () => 'added',
    (thrown: Error) => `${thrown.name}: ${thrown.message}`,
  );

test('a folder is installed as npm would publish it, without running one of its scripts, with a lock and a receipt', async () => {
  const prepared = await store.prepare('./dice', base);
  expect(prepared).toMatchObject({
    ...{ name: '@acme/dice', version: '1.0.0', entry: 'lib/dice.js', others: 0, scripts: ['@acme/dice'] },
    manifest: { id: 'dice', provides: ['dispatch.tool[]'], capabilities: ['network'] },
    integrity: expect.stringMatching(/^sha512-/),
  });
  expect(readdirSync(plugins)).toEqual([expect.stringMatching(/^\.adding-/)]);
  const folder = await prepared.commit();
  expect([folder, readdirSync(plugins), dice.ran()]).toEqual([join(plugins, 'dice'), ['dice'], false]);
  expect(JSON.parse(content('dice', 'package.json')).dispatch).toMatchObject({ id: 'dice', entry: 'node_modules/@acme/dice/lib/dice.js' });
  const lock = JSON.parse(content('dice', 'package-lock.json')).packages['node_modules/@acme/dice'];
  expect(lock).toMatchObject({ resolved: 'file:package.tgz', integrity: prepared.integrity });
  expect(await store.list()).toEqual([
    {
      id: 'dice',
      folder,
      asked: dice.folder,
      package: '@acme/dice',
      version: '1.0.0',
      integrity: prepared.integrity,
      content: expect.any(String),
    },
  ]);
});

test('a changed, an added and a missing file do not go unnoticed', async () => {
  const folder = join(plugins, 'dice');
  const words = join(folder, 'node_modules/@acme/dice/lib/words.js');
  const text = readFileSync(words, 'utf8');
  expect(await receiptProblem(folder)).toBeUndefined();
  writeFileSync(words, "export const words = 'x';");
  expect(await receiptProblem(folder)).toContain(`its files are not those that were installed`);
  expect((await store.list())[0]?.problem).toContain(`dispatch plugin add ${dice.folder}`);
  rmSync(words);
  expect(await receiptProblem(folder)).toContain('install it again');
  writeFileSync(words, text);
  expect(await receiptProblem(folder)).toBeUndefined();
  writeFileSync(join(folder, 'more.js'), '');
  expect(await receiptProblem(folder)).toContain('install it again');
  writeFileSync(join(folder, 'dispatch-package.json'), '{');
  expect(await receiptProblem(folder)).toContain('remove it and add it again');
});

test('a tarball takes the place of what was installed before, and what was broken is whole again', async () => {
  const tarball = join(base, 'dice-1.0.0.tgz');
  cpSync(join(plugins, 'dice/package.tgz'), tarball);
  const prepared = await store.prepare('dice-1.0.0.tgz', base);
  await prepared.commit();
  expect(readdirSync(plugins)).toEqual(['dice']);
  expect(await store.list()).toEqual([expect.objectContaining({ id: 'dice', asked: tarball, version: '1.0.0' })]);
  expect((await store.list())[0]?.problem).toBeUndefined();
});

describe('what cannot be added is refused with a sentence, and nothing of it is left', () => {
  const packed = (name: string, options: Parameters<typeof dicePackage>[1]) => {
    dicePackage(join(base, name), options);
    return `./${name}`;
  };
  test.each([
    ['no-key', { dispatch: null }, 'the package @acme/dice is no plugin of Dispatch: its package.json has no "dispatch" key'],
    ['old', { dispatch: { engine: '^7.0.0' } }, 'the package @acme/dice does not fit: it is made for Dispatch ^7.0.0, and this is'],
    ['wrong', { dispatch: { provides: 7 } }, '"provides" must be an id such as'],
    ['outside', { dispatch: { entry: '../../dice/lib/dice.js' } }, 'names the file ../../dice/lib/dice.js, which is not in it'],
    [
      'other',
      { more: { name: 'other' } },
      'the package @acme/dice has a plugin "dice" already: remove it first (dispatch plugin remove dice)',
    ],
    ['nameless', { more: { name: undefined, version: undefined } }, 'npm could not install'],
    [
      'needy',
      { more: { dependencies: { 'a-package-of-nobody': '1.0.0' } } },
      'npm could not reach the registry (ECONNREFUSED): check the network',
    ],
  ])('%s', async (name, options, sentence) => {
    expect(await refused(packed(name, options))).toContain(sentence);
    expect(readdirSync(plugins)).toEqual(['dice']);
  });

  test('what is not there, what is no package, and a plugin that somebody dropped in', async () => {
    expect(await refused('./nowhere')).toBe(`PackageError: there is no folder and no file ${base}/nowhere`);
    writeFileSync(join(base, 'broken.tgz'), 'no tarball');
    expect(await refused('./broken.tgz')).toContain('npm could not install');
    mkdirSync(join(plugins, 'own'));
    expect(await refused(packed('own', { dispatch: { id: 'own' }, more: { name: 'own' } }))).toContain(
      'which was not installed by "add": take it away first',
    );
    await expect(store.remove('own')).rejects.toThrow('was not installed by "add": delete it yourself');
    rmSync(join(plugins, 'own'), { recursive: true });
    expect(await new PackageStore(plugins, '0.1.0', { ...env, PATH: '/nowhere' }).prepare('./dice', base).catch(String)).toContain(
      'npm was not found',
    );
    expect(readdirSync(plugins)).toEqual(['dice']);
  });
});

test('what is not wanted after all is thrown away, and what was installed can be removed by either name', async () => {
  await (await store.prepare('./dice', base)).discard();
  expect(await store.remove('@acme/dice')).toMatchObject({ id: 'dice' });
  expect([readdirSync(plugins), existsSync(dice.folder)]).toEqual([[], true]);
  await expect(store.remove('dice')).rejects.toThrow('no package "dice" was removed: installed are: none');
});
