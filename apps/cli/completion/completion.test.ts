import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { base, cli, environment, run, server } from '../scripted-server.fixture.js';

const completed = async (words: string[], env: Record<string, string> = {}) => {
  const { code, out, err } = await run(['--get-yargs-completions', 'dispatch', ...words], { env });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out.split('\n').slice(0, -1);
};

describe('completion', () => {
  test('knows verbs, models, flags, words and ids', async () => {
    expect(await completed([''])).toEqual(expect.arrayContaining(['list', 'queue', 'a/one']));
    expect(await completed(['a/'])).toContain('a/one');
    expect(await completed(['a/one', '--t'])).toContain('--text');
    expect(await completed(['send', 'x', '--'])).toEqual(expect.arrayContaining(['--queue', '--open', '--server']));
    expect(await completed(['a/one', '--effort', 'h'])).toEqual(['high']);
    expect(await completed(['queue', ''])).toEqual(expect.arrayContaining(['list', 'edit', 'cancel']));
    expect(await completed(['read', 'aa'])).toEqual(['aaaa-1', 'aaaa-2']);
    expect(await completed(['config', 'explain', 'http.po'])).toEqual(['http.port']);
    expect(await completed(['a/one', '--file', ''])).toEqual([]);
  });

  test('tells zsh what each stands for', async () => {
    server.conversations = server.conversations.map((each) => ({ ...each, id: `x:${each.id}`, title: 'Two\nlines: \u001b[2J' }));
    expect((await completed(['read', ''], { SHELL: '/bin/zsh' }))[0]).toBe('x\\:aaaa-1:Two lines: \\x1b[2J');
    expect(await completed(['que'], { SHELL: '/bin/zsh' })).toContain('queue:The messages that wait in a conversation');
  });

  test('says nothing when no server answers, or one that refuses', async () => {
    server.refusal = { status: 401, text: '{}' };
    expect(await completed(['read', ''])).toEqual([]);
    expect(await completed(['read', ''], { DISPATCH_SERVER: 'http://127.0.0.1:9' })).toEqual([]);
    expect(await completed(['read', ''], { DISPATCH_SERVER: 'ftp://' })).toEqual([]);
  });

  test('is printed for the shell that is named, or is in use', async () => {
    expect((await run(['completion', 'zsh'])).out).toMatch(/^#compdef dispatch\n/);
    expect((await run(['completion'], { env: { SHELL: '/usr/bin/bash' } })).out).toContain('complete -o default -F');
  });

  const bash = ['/bin/bash', '/usr/bin/bash'].find((path) => existsSync(path));
  (bash ? test : test.skip)('works in bash, where no candidate is ever run', async () => {
    const bin = join(base, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'dispatch'), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
    chmodSync(join(bin, 'dispatch'), 0o755);
    server.conversations = server.conversations.map((each, i) => ({ ...each, id: ['abc', '$(touch bad)', 'a b'][i] as string }));
    const ask = (words: string) =>
      `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _dispatch_completion; printf '<%s>' "\${COMPREPLY[@]}"; echo`;
    const lines = ['source <(dispatch completion bash)', ask("dispatch read ''"), ask('dispatch read a'), ask('dispatch comp')];
    const env = environment({ PATH: `${bin}:${process.env.PATH}` });
    const out = await new Promise<string>((resolve) =>
      execFile(bash as string, ['--norc', '-c', lines.join('\n')], { env, cwd: base }, (_error, text) => resolve(text)),
    );
    expect(out.split('\n').slice(0, 3)).toEqual(['<abc><\\$\\(touch\\ bad\\)><a\\ b>', '<abc><a\\ b>', '<compact><completion>']);
    expect(existsSync(join(base, 'bad'))).toBe(false);
  });
});
