import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { PromptFilters } from 'dispatch/kernel';
import { defaultTemplate } from './default-template.js';
import { RecentTexts } from './recent-texts.js';
import { cleanUp, speak, started, tempFolder } from './system-prompt.fixture.js';

afterEach(cleanUp);

const set = (server: Awaited<ReturnType<typeof started>>, template: string) => server.ask('PUT', '/system-prompt', { template });

describe('the prompt of a conversation', () => {
  test('is filled in once and stays the same bytes while time and files go on', async () => {
    const server = await started();
    await set(server, '[system:time] [file:note.md]');
    writeFileSync(join(server.cwd, 'note.md'), 'one');
    const first = await server.prompt();
    writeFileSync(join(server.cwd, 'note.md'), 'two');
    await server.host.clock.advance(60_000);
    expect(first).toMatch(/ one$/);
    expect(await server.prompt()).toBe(first);
    expect(await server.prompt({ model: 'offline/tools' })).toBe(first);
  });

  test('is the same after a restart of the server', async () => {
    const server = await started();
    await set(server, '[prompt:conversation_id] [file:note.md]');
    writeFileSync(join(server.cwd, 'note.md'), 'one');
    const first = await server.prompt();
    await server.stop();
    writeFileSync(join(server.cwd, 'note.md'), 'two');
    const again = await started(server.dataDir, server.cwd);
    expect(await again.prompt()).toBe(first);
    expect(await again.prompt({ conversationId: 'c2' })).toBe('c2 two');
  });

  test('is filled in anew when the working directory changes', async () => {
    const server = await started();
    const other = tempFolder();
    await set(server, 'in [prompt:cwd]');
    expect(await server.prompt()).toBe(`in ${server.cwd}`);
    expect(await server.prompt({ cwd: other })).toBe(`in ${other}`);
    expect(await server.prompt({ cwd: other })).toBe(`in ${other}`);
  });

  test('is filled in anew when the epoch has risen', async () => {
    const server = await started();
    await set(server, '[file:note.md]');
    writeFileSync(join(server.cwd, 'note.md'), 'one');
    await speak(server.conversations, 'c1', 't1');
    expect(await server.prompt()).toBe('one');
    await server.stop();
    writeFileSync(join(server.cwd, 'note.md'), 'two');
    const again = await started(server.dataDir, server.cwd);
    await again.database.write((manager) => manager.query('UPDATE conversation SET epoch = epoch + 1'));
    expect(await again.prompt()).toBe('two');
    await again.stop();
    writeFileSync(join(server.cwd, 'note.md'), 'three');
    expect(await (await started(server.dataDir, server.cwd)).prompt()).toBe('two');
  });

  test('asked for twice at once is filled in once', async () => {
    const server = await started();
    await set(server, '[system:time][git:branch][file:a.md]');
    const both = Promise.all([server.prompt(), server.prompt()]);
    await server.host.clock.advance(5_000);
    const [one, other] = await both;
    expect(one).toBe(other);
  });

  test('costs the database nothing in later turns, and one read after a restart', async () => {
    const server = await started();
    await speak(server.conversations, 'c1', 't1');
    await server.prompt();
    await server.stop();
    const again = await started(server.dataDir, server.cwd);
    await again.conversations.find('c1');
    const { read } = again.database;
    let reads = 0;
    again.database.read = (work) => {
      reads++;
      return read.call(again.database, work) as ReturnType<typeof work>;
    };
    await again.prompt();
    expect(reads).toBe(1);
    for (let turn = 0; turn < 5; turn++) await again.prompt();
    expect(reads).toBe(1);
  });

  test('stands before what other plugins add, and is left out when empty', async () => {
    const server = await started();
    const [filter] = server.host.get(PromptFilters);
    const context = { conversationId: 'c1', workspaceId: 'default', cwd: server.cwd, model: 'm' };
    await set(server, 'ours');
    expect(await filter?.filter('theirs', context)).toBe('ours\n\ntheirs');
    await set(server, '');
    expect(await filter?.filter('theirs', { ...context, conversationId: 'c2' })).toBe('theirs');
    expect(await filter?.filter('', { ...context, conversationId: 'c3' })).toBe('');
  });
});

describe('over HTTP', () => {
  test('the template is the default one, then what was stored, also after a restart', async () => {
    const server = await started();
    expect(await server.ask('GET', '/system-prompt')).toEqual({ status: 200, body: { template: defaultTemplate } });
    expect(await set(server, 'mine [x]')).toEqual({ status: 200, body: { template: 'mine [x]' } });
    await server.stop();
    const again = await started(server.dataDir, server.cwd);
    expect(await again.ask('GET', '/system-prompt')).toEqual({ status: 200, body: { template: 'mine [x]' } });
  });

  test.each([[{}], [{ template: 1 }], [{ template: null }], [{ template: 'x'.repeat(262_145) }]])(
    'a template such as %j is refused',
    async (body) => {
      const server = await started();
      const { status, body: answer } = await server.ask('PUT', '/system-prompt', body);
      expect([status, typeof answer.error]).toEqual([400, 'string']);
    },
  );

  test('the variables are listed, files as dynamic ones', async () => {
    const { body } = await (await started()).ask('GET', '/system-prompt/variables');
    const all = body.variables as { type: string; name: string; description: string; dynamic?: boolean }[];
    expect(all.map(({ type, name }) => `${type}:${name}`)).toEqual(
      expect.arrayContaining([
        'system:time',
        'system:date',
        'system:os',
        'system:hostname',
        'prompt:cwd',
        'prompt:model',
        'git:branch',
        'git:status',
      ]),
    );
    expect(all.filter(({ dynamic }) => dynamic)).toEqual([expect.objectContaining({ type: 'file' })]);
  });

  test('a preview is filled in for a conversation, a directory, or neither, and nothing of it is kept', async () => {
    const server = await started();
    const template = '[prompt:cwd]|[prompt:model]|[prompt:conversation_id]';
    const preview = async (body: Record<string, unknown>) =>
      (await server.ask('POST', '/system-prompt/preview', { template, ...body })).body;
    expect(await preview({})).toEqual({ text: `${server.cwd}|offline/tools|` });
    expect(await preview({ cwd: 'sub' })).toEqual({ text: `${server.cwd}/sub|offline/tools|` });
    await server.conversations.change('c9', { cwd: '/there', model: 'offline/echo' });
    expect(await preview({ conversationId: 'c9' })).toEqual({ text: '/there|offline/echo|c9' });
    expect(await server.database.read((manager) => manager.query('SELECT * FROM system_prompt'))).toEqual([]);
    expect((await server.ask('POST', '/system-prompt/preview', { template, cwd: ' ' })).status).toBe(400);
  });
});

test('recent texts are kept up to so many characters, the newest always', () => {
  const recent = new RecentTexts(10);
  recent.set('a', { text: '12345' });
  recent.set('b', { text: '12345' });
  recent.get('a');
  recent.set('c', { text: '1' });
  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([{ text: '12345' }, undefined, { text: '1' }]);
  recent.set('d', { text: '12345678901234567890' });
  expect([recent.get('a'), recent.get('c'), recent.get('d')?.text.length]).toEqual([undefined, undefined, 20]);
});
