import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { toolContract } from 'dispatch/testing';
import { workingFolder } from '../working-directory/working-directory.fixture.js';
import { WriteFileTool } from './write-file-tool.js';

const folder = workingFolder('write-file');
const { base } = folder;
afterAll(() => folder.remove());

const files = folder.files();
const tool = new WriteFileTool(files);
const write = (path: string, content: string, overwrite?: boolean) => tool.execute({ path, content, overwrite }, folder.context());
const stands = (name: string) => readFileSync(join(base, name), 'utf8');
const refused = (content: unknown) => ({ content, isError: true });

describe('write_file', () => {
  test('says the size in bytes, of a new file and of one that is replaced', async () => {
    expect(await write('a.txt', 'é€😀\r\n')).toBe('wrote a.txt: 11 bytes');
    expect(stands('a.txt')).toBe('é€😀\r\n');
    expect(await write('a.txt', 'x', true)).toBe('replaced a.txt: 1 byte (before: 11 bytes)');
    expect(await write('empty', '')).toBe('wrote empty: 0 bytes');
    expect([stands('a.txt'), stands('empty')]).toEqual(['x', '']);
  });

  test('F06: what exists is kept without overwrite, what is missing is not made with it, and neither is a folder', async () => {
    writeFileSync(join(base, 'old'), 'old');
    expect(await write('old', 'new')).toEqual(
      refused('old exists already (3 bytes); set overwrite=true to replace it, or change a part of it with edit_file'),
    );
    expect(await write('none', 'new', true)).toEqual(refused('no such file: none; leave overwrite out to make a new file'));
    const noFolder = refused('the folder no/where does not exist; make it first (run_shell: mkdir -p), or correct the path');
    expect(await write('no/where/x', 'new')).toEqual(noFolder);
    expect(await write('no/where/x', 'new', true)).toEqual(noFolder);
    expect(stands('old')).toBe('old');
    expect(readdirSync(base)).not.toContain('none');
  });

  test('F06: a read-only file is refused', async () => {
    writeFileSync(join(base, 'locked'), 'old');
    chmodSync(join(base, 'locked'), 0o400);
    expect(await write('locked', 'new', true)).toEqual(
      refused('locked is read-only (mode 0400); make it writable first, if that is wanted'),
    );
    expect(stands('locked')).toBe('old');
  });

  test('F01 F02 F10: outside, protected, a folder', async () => {
    symlinkSync('/tmp', join(base, 'out'));
    mkdirSync(join(base, 'sub'));
    expect(await write('../x', '')).toEqual(refused(expect.stringMatching(/^outside the working directory/)));
    expect(await write('out/x', '')).toEqual(refused(expect.stringMatching(/^outside the working directory/)));
    expect(await write('.git/hooks/pre-commit', '')).toEqual(refused(expect.stringMatching(/does not exist|matches/)));
    expect(await write('.env', '')).toEqual(refused(expect.stringContaining('tools.allowProtected')));
    expect(await write('sub', '', true)).toEqual(refused('sub is a folder, not a file'));
  });

  test('a file that somebody else changed since it was written is not overwritten unseen', async () => {
    await write('mine', 'one');
    writeFileSync(join(base, 'mine'), 'theirs');
    expect(await write('mine', 'two', true)).toEqual(refused(expect.stringMatching(/^conflict: /)));
    expect(stands('mine')).toBe('theirs');
  });

  test('half a character is refused', async () => {
    expect(await write('half', 'a\ud800')).toEqual(refused(expect.stringContaining('lone surrogate')));
  });

  test('keeps the contract of tools', async () => {
    const inputs = [
      { path: 'b', content: '' },
      { path: '', content: '', overwrite: true },
    ];
    expect(await toolContract(tool, { inputs, context: folder.context() })).toEqual([]);
  });
});
