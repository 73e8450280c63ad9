import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { testConfig, toolContract } from 'dispatch/testing';
import { ReadFileTool } from '../tool-read-file/read-file-tool.js';
import { textOf, workingFolder } from '../working-directory/working-directory.fixture.js';
import { EditFileTool } from './edit-file-tool.js';

const folder = workingFolder('edit-file');
const { base } = folder;
afterAll(() => folder.remove());

const put = (name: string, content: string | Buffer) => writeFileSync(join(base, name), content);
const stands = (name: string) => readFileSync(join(base, name), 'utf8');
const files = folder.files();
const tool = new EditFileTool(files);
const edit = async (path: string, oldString: string, newString: string, replaceAll?: boolean) =>
  tool.execute({ path, oldString, newString, replaceAll }, folder.context());
const refused = (content: unknown) => ({ content, isError: true });

describe('edit_file', () => {
  test('answers with what changed, as a unified diff', async () => {
    put('a.txt', 'one\ntwo\nthree\nfour\nfive\nsix\n');
    expect(await edit('a.txt', 'three\n', 'THREE\n3\n')).toBe(
      ['edited a.txt: 1 place', '@@ -1,6 +1,7 @@', ' one', ' two', '-three', '+THREE', '+3', ' four', ' five', ' six'].join('\n'),
    );
    expect(stands('a.txt')).toBe('one\ntwo\nTHREE\n3\nfour\nfive\nsix\n');
  });

  test('replaces every place when asked to', async () => {
    put('all.txt', 'a b a\na\n');
    expect(textOf(await edit('all.txt', 'a', 'c', true))).toMatch(/^edited all\.txt: 3 places\n@@ -1,2 \+1,2 @@\n/);
    expect(stands('all.txt')).toBe('c b c\nc\n');
  });

  test('F05: an absent text is refused with the lines that come nearest, and nothing changes', async () => {
    put('near.ts', 'const a = 1;\nconst b = 2;\n');
    expect(await edit('near.ts', 'const b = 3;', 'x')).toEqual(
      refused(
        'oldString was not found in near.ts, nothing was changed: it differs from the file. The nearest is line 2 ("-" is oldString, "+" is the file):\n-   const b = 3;\n+2: const b = 2;',
      ),
    );
    expect(stands('near.ts')).toBe('const a = 1;\nconst b = 2;\n');
  });

  test('F05: several places, an empty and an equal text are refused', async () => {
    put('twice', 'a\na\n');
    expect(await edit('twice', 'a', 'b')).toEqual(refused(expect.stringMatching(/^twice: oldString occurs 2 times, in lines 1, 2;/)));
    expect(await edit('twice', '', 'b')).toEqual(refused(expect.stringContaining('oldString is empty')));
    expect(await edit('twice', 'a', 'a')).toEqual(refused(expect.stringContaining('are the same')));
    expect(stands('twice')).toBe('a\na\n');
  });

  test('F05: line ends and a byte order mark stay as they are', async () => {
    put('dos.txt', '\ufeffa\r\nb\r\nc\r\n');
    expect(await edit('dos.txt', 'a\nb\n', 'A\nB\nB2\n')).toBe(
      'edited dos.txt: 1 place\n@@ -1,3 +1,4 @@\n-\ufeffa\n-b\n+\ufeffA\n+B\n+B2\n c',
    );
    expect(stands('dos.txt')).toBe('\ufeffA\r\nB\r\nB2\r\nc\r\n');
  });

  test('F05: a file that changed since it was read is a conflict, and is left as it is', async () => {
    put('moved.txt', 'one\ntwo\n');
    const reader = new ReadFileTool(testConfig({ 'turn.resultLimit': 50_000 }), files);
    await reader.execute({ path: 'moved.txt' }, folder.context());
    put('moved.txt', 'one\nTWO\n');
    expect(await edit('moved.txt', 'one', '1')).toEqual(
      refused(expect.stringMatching(/^conflict: moved\.txt was changed by somebody else/)),
    );
    expect(stands('moved.txt')).toBe('one\nTWO\n');
    await reader.execute({ path: 'moved.txt' }, folder.context());
    expect(textOf(await edit('moved.txt', 'one', '1'))).toMatch(/^edited/);
  });

  test('F05: a large file counts as changed too, though only a part of it was read', async () => {
    put('large.txt', 'line\n'.repeat(100_000));
    await new ReadFileTool(testConfig({ 'turn.resultLimit': 50_000 }), files).execute({ path: 'large.txt', limit: 5 }, folder.context());
    put('large.txt', `${'line\n'.repeat(100_000)}end\n`);
    expect(await edit('large.txt', 'end', 'END')).toEqual(refused(expect.stringContaining('conflict')));
  });

  test('F09: of two turns editing one file the second gets a conflict', async () => {
    put('duel.txt', 'start\n');
    const reader = new ReadFileTool(testConfig({ 'turn.resultLimit': 50_000 }), files);
    for (const conversationId of ['one', 'two']) await reader.execute({ path: 'duel.txt' }, folder.context({ conversationId }));
    const both = ['one', 'two'].map((conversationId) =>
      tool.execute({ path: 'duel.txt', oldString: 'start', newString: conversationId }, folder.context({ conversationId })),
    );
    expect((await Promise.all(both)).map(textOf)).toEqual([expect.stringMatching(/^edited/), expect.stringMatching(/^conflict/)]);
    expect(stands('duel.txt')).toBe('one\n');
  });

  test.each([
    ['binary', Buffer.from([1, 0, 2]), /binary or UTF-16/],
    ['utf-16', Buffer.from('abc', 'utf16le'), /binary or UTF-16/],
    ['latin-1', Buffer.from('a\xe9', 'latin1'), /not valid UTF-8/],
  ])('F04: a %s file is refused', async (_name, content, why) => {
    put('odd', content);
    expect(await edit('odd', 'a', 'b')).toEqual(refused(expect.stringMatching(why)));
  });

  test('F04: 2 GB are refused without being loaded, a line of 9 MB is edited with a short answer', async () => {
    put('huge', 'a');
    truncateSync(join(base, 'huge'), 2 ** 31);
    expect(await edit('huge', 'a', 'b')).toEqual(refused(expect.stringContaining('files over 10,485,760 bytes are not edited')));
    put('wide', `${'x'.repeat(9_000_000)}end`);
    expect(textOf(await edit('wide', 'end', 'END')).length).toBeLessThan(1_000);
    expect(statSync(join(base, 'wide')).size).toBe(9_000_003);
  });

  test('thousands of places are edited without being shown one by one', async () => {
    put('many', 'a\nb\n'.repeat(5_000));
    const said = textOf(await edit('many', 'a', 'c', true));
    expect(said).toBe('edited many: 5000 places\n[too many lines changed to show them]');
    put('some', 'a\nb\n'.repeat(200));
    expect(textOf(await edit('some', 'a', 'c', true))).toMatch(/\n\[\d+ more lines of changes\]$/);
  });

  test('F01 F02 F10: what lies outside, is protected, missing, a folder or a pipe is refused', async () => {
    mkdirSync(join(base, 'sub'));
    symlinkSync('/etc/passwd', join(base, 'link'));
    execFileSync('mkfifo', [join(base, 'pipe')]);
    put('.env', 'A=1');
    for (const [path, why] of [
      ['../x', /^outside the working directory/],
      ['link', /^outside the working directory/],
      ['.env', /matches "\.env"/],
      ['none', /^no such file: none/],
      ['sub', /is a folder/],
      ['pipe', /pipe, socket or device/],
    ] as const)
      expect(await edit(path, 'root', 'x')).toEqual(refused(expect.stringMatching(why)));
  });

  test('fresh errors of a language server follow the answer', async () => {
    put('noted.ts', 'let a = 1;\n');
    const noted = new EditFileTool(folder.files([], [{ afterEdit: ({ content }) => `errors in ${content.trim()}` }]));
    const answer = await noted.execute({ path: 'noted.ts', oldString: '1', newString: "'1'" }, folder.context());
    expect(textOf(answer)).toMatch(/\+let a = '1';\nerrors in let a = '1';$/);
  });

  test('keeps the contract of tools', async () => {
    const inputs = [
      { path: 'a.txt', oldString: 'x', newString: 'y' },
      { path: '', oldString: '', newString: '' },
    ];
    expect(await toolContract(tool, { inputs, context: folder.context() })).toEqual([]);
  });
});
