import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ReadFile } from './contract.js';
import { problemOf } from './read-brought.js';
import { cleanUp, folder, repository, trustWith } from './trust.fixture.js';

afterEach(cleanUp);

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const states = (files: readonly { state: string }[]) => files.map(({ state }) => state);

describe('trust', () => {
  test('what a directory brings waits, with the hash of the bytes that are handed out; once trusted, it is', async () => {
    const { trust } = await trustWith();
    const directory = repository();
    const hash = sha('run a\nrun b');
    const file = { kind: 'hook', path: 'hooks', file: join(directory, 'hooks'), hash };
    expect(await trust.brought('hook', directory)).toEqual([{ ...file, state: 'waiting', text: 'run a\nrun b' }]);
    expect(await trust.trust(directory, [hash])).toMatchObject({
      directory,
      files: [
        { ...file, state: 'trusted', summary: ['run a', 'run b'] },
        { kind: 'twin', state: 'trusted' },
      ],
      absent: [],
    });
    expect(await trust.brought('hook', directory)).toEqual([{ ...file, state: 'trusted', text: 'run a\nrun b' }]);
  });

  test('a changed byte waits anew, and the old content is trusted again when it comes back', async () => {
    const { trust } = await trustWith();
    const directory = repository();
    await trust.trust(directory, [sha('run a\nrun b')]);
    writeFileSync(join(directory, 'hooks'), 'run a\nrun c');
    expect(states(await trust.brought('hook', directory))).toEqual(['waiting']);
    expect((await trust.view(directory)).absent.map(({ hash }) => hash)).toEqual([sha('run a\nrun b'), sha('run a\nrun b')]);
    writeFileSync(join(directory, 'hooks'), 'run a\nrun b');
    expect(states(await trust.brought('hook', directory))).toEqual(['trusted']);
  });

  test('trust is for one directory and survives a restart; a copy elsewhere waits, a link to it is the same directory', async () => {
    const { trust, dataDir, stop } = await trustWith();
    const [one, two] = [repository(), repository()];
    await trust.trust(one, [sha('run a\nrun b')]);
    await stop();
    const again = await trustWith(dataDir);
    symlinkSync(one, join(two, 'link'));
    const read = async (directory: string) => states(await again.trust.brought('hook', directory));
    expect([await read(one), await read(two), await read(join(two, 'link'))]).toEqual([['trusted'], ['waiting'], ['trusted']]);
  });

  test('only what is there can be trusted: all of it, or none', async () => {
    const { trust } = await trustWith();
    const directory = repository();
    await expect(trust.trust(directory, [sha('run a\nrun b'), sha('other')])).rejects.toMatchObject({
      code: 'changed',
      message: expect.stringContaining(sha('other')),
    });
    expect(states(await trust.brought('hook', directory))).toEqual(['waiting']);
    await expect(trust.trust(join(directory, 'gone'), [sha('')])).rejects.toMatchObject({ code: 'directory' });
  });

  test('it can be taken back, from one content or from all, also when the directory is gone', async () => {
    const { trust } = await trustWith();
    const directory = repository();
    await trust.trust(directory, [sha('run a\nrun b')]);
    expect(states((await trust.revoke(directory, [sha('run a\nrun b')])).files)).toEqual(['waiting', 'waiting']);
    await expect(trust.revoke(directory, [sha('run a\nrun b')])).rejects.toMatchObject({ code: 'changed' });
    await trust.trust(directory, [sha('run a\nrun b')]);
    rmSync(directory, { recursive: true });
    expect(await trust.revoke(directory)).toEqual({ directory, files: [], absent: [] });
    expect(await trust.brought('hook', directory)).toEqual([]);
  });

  test('who listens is told of decisions, and once of what waits', async () => {
    const { trust, shown, host } = await trustWith();
    const directory = repository();
    const heard: string[] = [];
    const end = trust.onChange((changed) => heard.push(changed));
    await trust.brought('hook', directory);
    await trust.brought('hook', directory);
    await trust.trust(directory, [sha('run a\nrun b')]);
    end();
    await trust.revoke(directory);
    expect(heard).toEqual([directory, directory]);
    expect(shown).toEqual(['trust', 'trust', 'trust']);
    expect(host.logger.records.filter((record) => record.includes('waits to be trusted'))).toHaveLength(1);
  });
});

describe('files that are never trusted', () => {
  const refusals: [string, (directory: string) => void, RegExp][] = [
    ['a link', (directory) => symlinkSync(join(repository(), 'hooks'), join(directory, 'hooks')), /symbolic link/],
    ['a link to nothing', (directory) => symlinkSync('/nowhere', join(directory, 'hooks')), /symbolic link/],
    [
      'a file behind a link',
      (directory) => {
        renameSync(repository(), join(directory, 'real'));
        symlinkSync(join(directory, 'real'), join(directory, 'sub'));
      },
      /behind one/,
    ],
    [
      'a file that everybody may write to',
      (directory) => {
        writeFileSync(join(directory, 'hooks'), 'x');
        chmodSync(join(directory, 'hooks'), 0o666);
      },
      /everybody may write/,
    ],
    ['a pipe', (directory) => void execFileSync('mkfifo', [join(directory, 'hooks')]), /no plain file/],
    ['a folder', (directory) => void mkdirSync(join(directory, 'hooks')), /no plain file/],
    ['a huge file', (directory) => writeFileSync(join(directory, 'hooks'), 'x'.repeat(1_100_000)), /larger than 1024 KiB/],
    ['what is no text', (directory) => writeFileSync(join(directory, 'hooks'), Buffer.from([0xff, 0xfe, 0x80])), /no UTF-8/],
  ];
  test.each(refusals)('K02: %s', async (_, make, reason) => {
    const { trust } = await trustWith();
    const directory = folder();
    make(directory);
    const [file] = await trust.brought('hook', directory);
    expect(file).toEqual({
      kind: 'hook',
      path: expect.any(String),
      file: expect.any(String),
      state: 'refused',
      reason: expect.stringMatching(reason),
    });
    await expect(trust.trust(directory, [sha('x')])).rejects.toMatchObject({ message: expect.stringMatching(reason) });
  });

  test('a file of another user, but not of root', () => {
    const stats = { isFile: () => true, uid: 1001, mode: 0o100_644, size: 1 };
    expect(problemOf(stats, 1000)).toContain('another user');
    expect(problemOf({ ...stats, uid: 0 }, 1000)).toBeUndefined();
    expect(problemOf({ ...stats, uid: 1000 }, 1000)).toBeUndefined();
  });

  test('content that changes while it is asked for is never handed out under another hash', async () => {
    const { trust } = await trustWith();
    const directory = repository();
    await trust.trust(directory, [sha('run a\nrun b')]);
    for (let i = 0; i < 300; i++) {
      const reading = trust.brought('hook', directory);
      writeFileSync(join(directory, 'hooks'), i % 2 === 0 ? 'evil' : 'run a\nrun b');
      const [file] = (await reading) as ReadFile[];
      expect(file?.hash).toBe(sha(file?.text ?? ''));
      expect(file?.state).toBe(file?.text === 'evil' ? 'waiting' : 'trusted');
    }
  });
});

describe('routes', () => {
  test('show a directory, trust by hash, and take it back', async () => {
    const { http } = await trustWith();
    const directory = repository();
    const at = encodeURIComponent(directory);
    const hash = sha('run a\nrun b');
    expect(await http('GET', `/trust?cwd=${at}`)).toMatchObject({
      status: 200,
      body: { directory, files: [{ state: 'waiting', hash, summary: ['run a', 'run b'] }, { kind: 'twin' }], absent: [] },
    });
    expect(await http('POST', '/trust', { directory, hashes: [hash] })).toMatchObject({
      status: 200,
      body: { files: [{ state: 'trusted' }, { state: 'trusted' }] },
    });
    expect(await http('POST', '/trust', { directory, hashes: [sha('no')] })).toMatchObject({ status: 409, body: { code: 'changed' } });
    expect(await http('DELETE', `/trust?directory=${at}&hashes=${hash}`)).toMatchObject({
      status: 200,
      body: { files: [{ state: 'waiting' }, { state: 'waiting' }] },
    });
    expect(await http('GET', '/trust?cwd=/no/such/directory')).toMatchObject({ status: 404, body: { code: 'directory' } });
  });

  test.each([
    ['GET', '/trust?cwd=relative', undefined],
    ['POST', '/trust', { directory: '/tmp', hashes: [] }],
    ['POST', '/trust', { directory: '/tmp', hashes: ['xyz'] }],
    ['POST', '/trust', { directory: 'x', hashes: [sha('')] }],
    ['POST', '/trust', { directory: '/tmp', hashes: [sha('')], all: true }],
    ['DELETE', '/trust', undefined],
    ['DELETE', '/trust?directory=/tmp&hashes=1,2', undefined],
  ])('%s %s with %j is refused', async (method, path, body) => {
    expect((await (await trustWith()).http(method, path, body)).status).toBe(400);
  });

  test("a conversation shows its own directory's, an unknown one the server's, and one that is gone nothing", async () => {
    const { http, conversations, dataDir } = await trustWith();
    const directory = repository('senseless');
    await conversations.change('c1', { cwd: directory });
    expect(await http('GET', '/conversations/c1/trust')).toMatchObject({
      status: 200,
      body: { directory, files: [{ summary: ['it makes no sense as it is: no sense in it'] }, {}] },
    });
    expect(await http('GET', '/conversations/new/trust')).toEqual({ status: 200, body: { directory: dataDir, files: [], absent: [] } });
    await conversations.change('c1', { cwd: '/gone' });
    expect(await http('GET', '/conversations/c1/trust')).toEqual({ status: 200, body: { directory: '/gone', files: [], absent: [] } });
  });
});

describe('the surface', () => {
  test('trusts what was shown, and not what came since', async () => {
    const { surface, conversations, trust } = await trustWith();
    const directory = repository();
    await conversations.change('c1', { cwd: directory });
    const allow = () => surface.actions?.['trust/allow']?.run(undefined, 'c1');
    await expect(async () => allow()).rejects.toThrow('look at this surface first');
    const { fields } = await surface.render('c1');
    expect(fields.map(({ kind }) => kind)).toEqual(['stat', 'custom', 'custom', 'button']);
    writeFileSync(join(directory, 'hooks'), 'evil');
    await expect(async () => allow()).rejects.toThrow('look at what is there now');
    expect(states(await trust.brought('hook', directory))).toEqual(['waiting']);
    await surface.render('c1');
    await allow();
    expect(states(await trust.brought('hook', directory))).toEqual(['trusted']);
    await surface.actions?.['trust/revoke']?.run(undefined, 'c1');
    expect(states(await trust.brought('hook', directory))).toEqual(['waiting']);
  });
});
