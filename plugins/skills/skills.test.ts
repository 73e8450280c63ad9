import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Tool } from 'dispatch/kernel';
import { quietLogger, toolContract } from 'dispatch/testing';
import { matterSkill, plainSkill } from './skill-text.js';
import { SkillsTool } from './skills-tool.js';

const realHome = process.env.HOME;
const bases: string[] = [];
let cwd: string;
let home: string;
beforeEach(() => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'skills-')));
  bases.push(base);
  [cwd, home] = [join(base, 'work'), join(base, 'home')];
  for (const folder of [cwd, home]) mkdirSync(folder);
  process.env.HOME = home;
});
afterEach(() => {
  process.env.HOME = realHome;
});
afterAll(() => {
  for (const base of bases) rmSync(base, { recursive: true, force: true });
});

const put = (path: string, content: string | Buffer) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
};
const plain = (summary: string, body = `how to ${summary}`) => `${summary}\n---\n${body}\n`;
const matter = (description: string, body: string) => `---\nname: any\ndescription: ${description}\n---\n\n${body}\n`;
const make = (...brought: string[]) => {
  const logger = quietLogger();
  const skills = new SkillsTool(
    logger,
    brought.map((skillFolder) => ({ skillFolder })),
  );
  const offered = async (at = cwd) => {
    const context = { conversationId: 'c', workspaceId: 'default', cwd: at, model: 'a/b' };
    return (await skills.filter([skills], context))[0] as Tool | undefined;
  };
  const list = async () => (await offered())?.description.split('\n').slice(1);
  return { skills, offered, list, load: (name: string) => skills.execute({ name }, { cwd }), log: logger.records };
};

describe('skills', () => {
  test('of both formats are listed by name and loaded without their head', async () => {
    put(join(cwd, '.skills/release.md'), plain('Make a release', '1. Test\n2. Tag'));
    put(join(cwd, '.claude/skills/review/SKILL.md'), matter('Review a change', '# Look\n\n---\ntwice'));
    put(join(cwd, '.claude/skills/review/notes.txt'), 'not a skill');
    const { list, load, log } = make();
    expect(await list()).toEqual(['- release: Make a release', '- review: Review a change']);
    expect(await load('release')).toBe(`Skill release, from ${join(cwd, '.skills')}:\n\n1. Test\n2. Tag`);
    expect(await load('review')).toBe(`Skill review, from ${join(cwd, '.claude/skills/review')}:\n\n# Look\n\n---\ntwice`);
    expect(await load('reviews')).toEqual({ content: 'there is no skill "reviews"; near names: review, release', isError: true });
    expect(log).toEqual([]);
  });

  test('that are nearer win: the working directory before home, .skills before .agents before .claude', async () => {
    const order = [cwd, home].flatMap((root) => ['.skills', '.agents/skills', '.claude/skills'].map((folder) => join(root, folder)));
    for (const [i, folder] of order.entries()) put(join(folder, 'same.md'), plain(`number ${i}`));
    put(join(home, '.agents/skills/mine/SKILL.md'), matter('From home', 'x'));
    const { list } = make();
    for (const [i, folder] of order.entries()) {
      expect(await list()).toEqual(['- mine: From home', `- same: number ${i}`]);
      rmSync(join(folder, 'same.md'));
    }
    expect(await list()).toEqual(['- mine: From home']);
  });

  test('that plugins bring are there too, and the least near', async () => {
    put(join(cwd, '.skills/same.md'), plain('of the project'));
    put(join(home, 'plugin/skills/same.md'), plain('of the plugin'));
    put(join(home, 'plugin/skills/brew/SKILL.md'), matter('Brew tea', 'x'));
    const { list } = make(join(home, 'plugin/skills'), join(home, 'nowhere'));
    expect(await list()).toEqual(['- brew: Brew tea', '- same: of the project']);
  });

  test('make the same bytes every turn while their files are the same, and others when one changes', async () => {
    const file = join(cwd, '.skills/a.md');
    put(file, plain('one'));
    put(join(home, '.skills/b.md'), plain('two'));
    const { offered } = make();
    const first = await offered();
    utimesSync(file, 1, 1);
    const again = await offered();
    expect(again?.description).toBe(first?.description);
    expect(again?.input).toBe(first?.input);
    expect((await make().offered())?.description).toBe(first?.description);
    put(file, plain('three'));
    expect((await offered())?.description).toContain('- a: three');
  });

  test('belong to the working directory of their turn', async () => {
    put(join(cwd, '.skills/a.md'), plain('one'));
    const { offered, skills } = make();
    expect(await offered(home)).toBeUndefined();
    expect(await skills.execute({ name: 'a' }, { cwd: home })).toEqual({
      content: 'there is no skill "a"; there are none here',
      isError: true,
    });
    expect(await offered(join(home, 'missing'))).toBeUndefined();
  });
});

test('without skills the tool is not offered', async () => {
  mkdirSync(join(cwd, '.skills'));
  expect(await make().offered()).toBeUndefined();
});

describe('what is no skill', () => {
  test('is left out and told once, with the reason', async () => {
    const folder = join(cwd, '.skills');
    put(join(folder, 'README.md'), '# Skills\n\nabout');
    put(join(folder, 'bad name.md'), plain('x'));
    put(join(folder, 'empty.md'), '\n---\nx');
    put(join(folder, 'big.md'), plain('big', 'x'.repeat(300 * 1024)));
    put(join(folder, 'broken/SKILL.md'), '---\ndescription: [a\n---\nx');
    put(join(folder, 'bare/SKILL.md'), 'no front matter');
    put(join(folder, 'number/SKILL.md'), '---\ndescription: 5\n---\nx');
    put(join(folder, 'proto/SKILL.md'), '---\n__proto__: { description: x }\n---\nx');
    put(join(folder, 'ok.md'), plain('fine'));
    mkdirSync(join(folder, 'other-folder'));
    mkdirSync(join(folder, 'folder.md'));
    const { list, log } = make();
    expect(await list()).toEqual(['- ok: fine']);
    expect(await list()).toEqual(['- ok: fine']);
    const told = (name: string) => log.filter((line) => line.includes(`/${name}" is left out`));
    const description = 'its front matter has no text "description"';
    for (const [name, words] of [
      ['README.md', 'its second line is not "---"'],
      ['bad name.md', 'its name is not'],
      ['empty.md', 'its summary is empty'],
      ['big.md', 'a skill may have 262144'],
      ['broken/SKILL.md', 'its front matter is no YAML'],
      ['bare/SKILL.md', description],
      ['number/SKILL.md', description],
      ['proto/SKILL.md', description],
    ] as const)
      expect([name, told(name)]).toEqual([name, [expect.stringContaining(words)]]);
    expect(log).toHaveLength(8);
  });

  test('is a link that leads out of its folder, also when the whole folder is one', async () => {
    put(join(home, 'secret/outside.md'), plain('SECRET'));
    put(join(home, 'secret/folder/SKILL.md'), matter('SECRET', 'x'));
    mkdirSync(join(cwd, '.skills'));
    mkdirSync(join(cwd, '.agents'));
    symlinkSync(join(home, 'secret/outside.md'), join(cwd, '.skills/outside.md'));
    symlinkSync(join(home, 'secret/folder'), join(cwd, '.skills/folder'));
    symlinkSync(join(home, 'secret'), join(cwd, '.agents/skills'));
    put(join(cwd, '.skills/real.md'), plain('fine'));
    symlinkSync('real.md', join(cwd, '.skills/alias.md'));
    const { list, load, log } = make();
    expect(await list()).toEqual(['- alias: fine', '- real: fine']);
    expect(log.filter((line) => line.includes('leads out of its folder'))).toHaveLength(3);
    for (const name of ['../../home/secret/outside', 'outside', 'folder', '/etc/passwd', '__proto__'])
      expect(await load(name)).toMatchObject({ isError: true });
  });
});

test('the list stays small however many skills there are and however long their summaries', async () => {
  for (let i = 0; i < 150; i++) put(join(cwd, `.skills/s${String(i).padStart(3, '0')}.md`), plain('long '.repeat(200)));
  const { offered, log } = make();
  const description = (await offered())?.description as string;
  expect(description.length).toBeLessThan(16_500);
  expect(description).toMatch(/\(and \d+ more that have no room here\)$/);
  expect(log).toEqual([expect.stringContaining('more than 100 skills')]);
});

test.each([
  ['a\r\n---\r\nb\r\nc', { summary: 'a', body: 'b\nc' }],
  ['\uFEFF# Title\n---', { summary: 'Title', body: '' }],
  ['tabs\t and \u202eturned \u001b[31m\n---\nx', { summary: 'tabs and turned [31m', body: 'x' }],
])('%j is read', (content, skill) => expect(plainSkill(content)).toEqual(skill));

test('front matter of several lines is one summary, and a bomb of aliases is refused', async () => {
  expect(await matterSkill('---\ndescription: >\n  two\n  lines\n---\nx')).toEqual({ summary: 'two lines', body: 'x' });
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map((letter, i) => `${letter}: &${letter} [${`*${'abcdefgh'[i]},`.repeat(9)}]`),
  ];
  await expect(matterSkill(`---\n${bomb.join('\n')}\n---\n`)).rejects.toThrow('its front matter is no YAML');
});

test('the tool keeps the contract of tools', async () => {
  expect(await toolContract(make().skills, { inputs: [{ name: 'x' }], context: { cwd } })).toEqual([]);
});
