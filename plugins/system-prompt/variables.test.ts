import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Secrets } from 'dispatch/kernel';
import { quietLogger, testClock, testConfig } from 'dispatch/testing';
import { defaultTemplate } from './default-template.js';
import { TurnVariables, variableList } from './variables.js';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-variables-')));
afterAll(() => rm(root, { recursive: true, force: true }));

let serial = 0;
function folder(): string {
  const made = join(root, `work-${++serial}`);
  mkdirSync(made);
  return made;
}

function variables() {
  const logger = quietLogger();
  const secrets: Secrets = { add: () => undefined, mask: (text) => text, withoutSecrets: (env) => ({ ...env }) as Record<string, string> };
  const config = testConfig({ dataDir: join(root, 'data'), 'tools.allowProtected': [] });
  const all = new TurnVariables(testClock(), config, secrets, logger);
  const fill = (template: string, cwd: string) =>
    all.fill(template, { conversationId: 'c1', workspaceId: 'default', cwd, model: 'work/m-1' });
  return { fill, logger };
}

const git = (cwd: string, ...words: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...words], { cwd, encoding: 'utf8' }).trim();

test('every variable that is listed can be filled in', async () => {
  const cwd = folder();
  git(cwd, 'init', '-q', '-b', 'trunk');
  const { fill } = variables();
  for (const { type, name } of variableList) if (type !== 'file') expect(await fill(`[if ${type}:${name}]there[endif]`, cwd)).toBe('there');
});

test('a turn’s own facts and the machine’s are told', async () => {
  const cwd = folder();
  const text = await variables().fill(
    '[prompt:cwd]|[prompt:model]|[prompt:conversation_id]|[prompt:workspace_id]|[system:hostname]|[system:date]|[system:time]',
    cwd,
  );
  const [at, model, id, workspace, host, date, time] = text.split('|');
  expect([at, model, id, workspace, host]).toEqual([cwd, 'work/m-1', 'c1', 'default', hostname()]);
  expect(new Date(`${date}T${time?.replace(' ', '')}`).getTime()).toBe(1_760_000_000_000);
});

describe('files', () => {
  test('are inserted whole, their text never read as a template', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'AGENTS.md'), '\uFEFFUse [prompt:cwd] and [if git:branch]\n');
    expect(await variables().fill('<[file:AGENTS.md]>', cwd)).toBe('<Use [prompt:cwd] and [if git:branch]\n>');
  });

  test('that are empty are there, those that do not exist are not, and nobody is bothered with that', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'empty.md'), '');
    const { fill, logger } = variables();
    expect(await fill('[if file:empty.md]yes[endif][if file:none.md]no[endif]', cwd)).toBe('yes');
    expect(logger.records).toEqual([]);
  });

  test('outside of the working directory, behind links, secret, binary, too large or no files are not there, and the log says why', async () => {
    const cwd = folder();
    writeFileSync(join(root, 'outside.md'), 'outside');
    symlinkSync(join(root, 'outside.md'), join(cwd, 'link.md'));
    writeFileSync(join(cwd, '.env'), 'KEY=1');
    writeFileSync(join(cwd, 'binary.md'), Buffer.from([1, 0, 2]));
    writeFileSync(join(cwd, 'latin.md'), Buffer.from([0xe9, 0x20]));
    writeFileSync(join(cwd, 'large.md'), '');
    truncateSync(join(cwd, 'large.md'), 256 * 1024 + 1);
    mkdirSync(join(cwd, 'folder.md'));
    execFileSync('mkfifo', [join(cwd, 'pipe.md')]);
    const names = [
      '../outside.md',
      join(root, 'outside.md'),
      'link.md',
      '.env',
      'binary.md',
      'latin.md',
      'large.md',
      'folder.md',
      'pipe.md',
    ];
    const { fill, logger } = variables();
    for (const name of names) expect([name, await fill(`<[file:${name}]>`, cwd)]).toEqual([name, '<>']);
    expect(logger.records).toHaveLength(names.length);
  });

  test('of exactly 256 KiB, and links within the working directory, are taken', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'full.md'), 'x'.repeat(256 * 1024));
    symlinkSync('full.md', join(cwd, 'link.md'));
    expect(await variables().fill('[file:link.md]', cwd)).toHaveLength(256 * 1024);
  });
});

describe('git', () => {
  test('outside of a repository is not there', async () => {
    expect(await variables().fill('[if git:branch]yes[endif][if git:status]yes[endif]', folder())).toBe('');
  });

  test('tells the branch also before the first commit, and the commit where no branch is', async () => {
    const cwd = folder();
    git(cwd, 'init', '-q', '-b', 'trunk');
    const { fill } = variables();
    expect(await fill('[git:branch]', cwd)).toBe('trunk');
    git(cwd, 'commit', '-q', '--allow-empty', '-m', 'one');
    git(cwd, 'checkout', '-q', '--detach');
    expect(await fill('[git:branch]', cwd)).toBe(git(cwd, 'rev-parse', '--short', 'HEAD'));
  });

  test('tells what has changed, and an empty text when nothing has', async () => {
    const cwd = folder();
    git(cwd, 'init', '-q', '-b', 'trunk');
    const { fill } = variables();
    expect(await fill('<[if git:status][git:status]clean[endif]>', cwd)).toBe('<clean>');
    writeFileSync(join(cwd, 'new.txt'), 'x');
    expect(await fill('[git:status]', cwd)).toBe('?? new.txt');
  });

  test('runs nothing that the repository asks for', async () => {
    const cwd = folder();
    git(cwd, 'init', '-q', '-b', 'trunk');
    git(cwd, 'config', 'core.fsmonitor', `touch ${join(root, 'ran')};false`);
    await variables().fill('[git:status][git:branch]', cwd);
    expect(() => realpathSync(join(root, 'ran'))).toThrow(/ENOENT/);
  });
});

test('a working directory that is gone leaves only empty places', async () => {
  expect(await variables().fill('<[git:branch][git:status][file:a.md]>', join(root, 'gone'))).toBe('<>');
});

describe('the default template', () => {
  test('tells the role and the working directory', async () => {
    const cwd = folder();
    const text = await variables().fill(defaultTemplate, cwd);
    expect(text).toContain(`Working directory: ${cwd}`);
    expect(text).not.toMatch(/\[|AGENTS|CLAUDE/);
  });

  test('takes AGENTS.md, else CLAUDE.md', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'CLAUDE.md'), 'from claude');
    const { fill } = variables();
    expect(await fill(defaultTemplate, cwd)).toContain('from claude');
    writeFileSync(join(cwd, 'AGENTS.md'), 'from agents');
    const text = await fill(defaultTemplate, cwd);
    expect(text).toContain('from agents');
    expect(text).not.toContain('from claude');
  });
});
