import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Surface } from 'dispatch/wire';
import { folder, RealServer } from './real-server.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

const put = (path: string, content: string) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
};

let provider: ScriptedProvider;
let server: RealServer;
let web: string;
/** What the fake Firecrawl and transcriber were asked. */
const asked: string[] = [];
const service = createServer((request, response) => {
  let body = '';
  request.on('data', (piece) => (body += piece));
  request.on('end', () => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'} ${body}`);
    answerAs(request.url as string, response);
  });
});
function answerAs(url: string, response: ServerResponse): void {
  const answers: Record<string, unknown> = {
    '/v1/search': { success: true, data: [{ title: 'Found', url: 'https://a.example/', description: 'about' }] },
    '/v1/scrape': { success: true, data: { markdown: '# Page', metadata: { sourceURL: 'http://93.184.216.34/' } } },
    '/v1/crawl': { success: true, id: 'job' },
    '/v1/crawl/job': {
      status: 'completed',
      total: 1,
      completed: 1,
      data: [{ markdown: 'one', metadata: { url: 'http://93.184.216.34/' } }],
    },
    '/v1/map': { success: true, links: ['https://a.example/'] },
  };
  const transcript = url.includes('queued')
    ? { status: 'queued' }
    : url.includes('failed')
      ? { status: 'failed', error: 'private' }
      : { status: 'completed', transcript: 'said' };
  response.end(JSON.stringify(answers[url] ?? transcript));
}

beforeAll(async () => {
  await new Promise<void>((resolve) => void service.listen(0, '127.0.0.1', resolve));
  web = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  provider = await ScriptedProvider.listen();
  server = await RealServer.start({
    providerUrl: provider.baseUrl,
    env: { FIRECRAWL_BASE_URL: web, FIRECRAWL_API_KEY: 'fc-test-0123456789', YOUTUBE_TRANSCRIBER_URL: web },
  });
  const { cwd } = server;
  put(join(cwd, '.gitignore'), 'built/\n');
  put(join(cwd, 'src/a.ts'), 'export const needle = 1;\n');
  put(join(cwd, 'built/a.ts'), 'export const needle = 2;\n');
  put(join(cwd, '.env'), 'needle=SECRET\n');
  put(join(cwd, '.skills/release.md'), 'Make a release\n---\nTag it.\n');
  symlinkSync('/etc', join(cwd, 'etc'));
});
afterAll(async () => {
  await server.stop();
  await provider.close();
  service.closeAllConnections();
  service.close();
});

interface Offered {
  function: { name: string; description: string };
}
const offered = (nth = 0) => (JSON.parse(provider.seen[nth]?.raw ?? '{}') as { tools: Offered[] }).tools.map((each) => each.function);

let serial = 0;
/** Lets the model call these tools in one step; answers what it is shown of them. */
async function results(calls: { name: string; args: unknown }[], conversationId = `more-${++serial}`, at = server, cwd?: string) {
  provider.inTurn({ calls }, { text: ['done'] });
  await at.chat({ conversationId, message: 'go', ...(cwd && { cwd }) });
  return provider.seen[1]?.body.messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
}

test('grep and glob find what is in the working directory, and nothing that is ignored, secret or outside', async () => {
  const calls = [
    { name: 'grep', args: { pattern: 'needle' } },
    { name: 'grep', args: { pattern: 'needle', glob: '*.ts', filesOnly: true, includeIgnored: true } },
    { name: 'glob', args: { pattern: '**/*.ts' } },
    { name: 'grep', args: { pattern: 'root', path: 'etc' } },
    { name: 'grep', args: { pattern: '(' } },
    { name: 'grep', args: { pattern: 'needle', colour: 'red' } },
  ];
  expect(await results(calls)).toEqual([
    'src/a.ts\n1: export const needle = 1;',
    'built/a.ts\nsrc/a.ts',
    'src/a.ts',
    expect.stringContaining('outside the working directory'),
    expect.stringContaining('unclosed group'),
    expect.stringContaining('"colour"'),
  ]);
});

describe('todo_write', () => {
  const surface = (at: RealServer, id: string) => at.get<Surface>(`/surfaces/todo?conversationId=${id}`);
  const todos = [
    { content: 'read', status: 'completed' },
    { content: 'write', status: 'in_progress' },
  ];

  test('replaces the list that its surface shows, and that survives a kill', async () => {
    const own = await RealServer.start({ providerUrl: provider.baseUrl });
    expect(await results([{ name: 'todo_write', args: { todos } }], 'plan', own)).toEqual(['1 of 2 still to do:\n[x] read\n[>] write']);
    expect(await surface(own, 'plan')).toMatchObject({ id: 'todo', fields: [{ kind: 'custom', rendererId: 'todo', payload: { todos } }] });
    await own.kill();
    const again = await RealServer.start({ providerUrl: provider.baseUrl, dataDir: own.dataDir, cwd: own.cwd });
    expect((await surface(again, 'plan')).fields).toEqual([{ kind: 'custom', rendererId: 'todo', payload: { todos } }]);
    expect((await surface(again, 'other')).fields).toEqual([{ kind: 'custom', rendererId: 'todo', payload: { todos: [] } }]);
    await again.stop();
  });

  test('says what is wrong with a list, and leaves the old one', async () => {
    const id = 'wrong';
    await results([{ name: 'todo_write', args: { todos } }], id);
    const answers = await results([{ name: 'todo_write', args: { todos: [{ content: ' ', status: 'later' }] } }], id);
    expect(answers?.at(-1)).toMatch(/"todos\/0\/content".*"todos\/0\/status"/);
    expect((await surface(server, id)).fields).toMatchObject([{ payload: { todos } }]);
  });

  test('is driven by the offline stand-in, and so is write_file', async () => {
    const own = await RealServer.start();
    await own.chat({ conversationId: 'offline', message: 'todo milk; [x] bread' });
    expect((await surface(own, 'offline')).fields).toMatchObject([
      {
        payload: {
          todos: [
            { content: 'milk', status: 'pending' },
            { content: 'bread', status: 'completed' },
          ],
        },
      },
    ]);
    await own.chat({ conversationId: 'offline', message: 'write note.txt: hello\nthere' });
    expect(readFileSync(join(own.cwd, 'note.txt'), 'utf8')).toBe('hello\nthere');
    await own.stop();
  });
});

describe('load_skill', () => {
  test('lists the skills of the working directory in its description, the same bytes every turn, and loads one', async () => {
    expect(await results([{ name: 'load_skill', args: { name: 'release' } }], 'skilled')).toEqual([
      `Skill release, from ${join(server.cwd, '.skills')}:\n\nTag it.`,
    ]);
    const first = offered();
    expect(first.find(({ name }) => name === 'load_skill')?.description).toMatch(/The skills are:\n- release: Make a release$/);
    await results([], 'skilled');
    expect(JSON.stringify(offered())).toBe(JSON.stringify(first));
  });

  test('is not there where there are no skills', async () => {
    await results([], undefined, server, folder('bare'));
    expect(offered().map(({ name }) => name)).not.toContain('load_skill');
  });
});

describe('the web', () => {
  test('is searched and read by way of Firecrawl, with its key, and not where the local network is', async () => {
    const page = { url: 'http://93.184.216.34/' };
    const calls = [
      { name: 'web_search', args: { query: 'cats' } },
      { name: 'web_search', args: page },
      { name: 'web_search', args: { ...page, mode: 'crawl' } },
      { name: 'web_search', args: { ...page, mode: 'map' } },
      { name: 'web_search', args: { url: 'http://169.254.169.254/latest' } },
      { name: 'web_search', args: { url: 'http://2130706433:24203/health' } },
    ];
    asked.length = 0;
    expect(await results(calls)).toEqual([
      '1. Found\n   https://a.example/\n   about',
      'http://93.184.216.34/\n\n# Page',
      'http://93.184.216.34/\n\none',
      'https://a.example/',
      '169.254.169.254 is not asked for: it is an address of the local link',
      '127.0.0.1 is not asked for: it is an address of this machine',
    ]);
    expect(asked).toHaveLength(5);
    expect(asked.every((line) => line.includes('Bearer fc-test-0123456789'))).toBe(true);
  });

  test('gives transcripts: completed, queued and failed are told apart', async () => {
    const video = (id: string) => ({ name: 'youtube_transcript', args: { url: `https://www.youtube.com/watch?v=${id}` } });
    expect(await results([video('done'), video('queued'), video('failed'), video('../x')])).toEqual([
      'said',
      'not ready yet: the video is queued for transcription. Ask again later.',
      'the video was not transcribed: private',
      expect.stringContaining('no YouTube video'),
    ]);
  });

  test('is not offered where nothing is configured for it', async () => {
    const own = await RealServer.start({ providerUrl: provider.baseUrl });
    await results([], 'plain', own);
    const names = offered().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['glob', 'grep', 'todo_write']));
    expect(names).not.toEqual(expect.arrayContaining(['web_search']));
    expect(names).not.toEqual(expect.arrayContaining(['youtube_transcript']));
    await own.stop();
  });
});

test('UMANS_API_KEY makes a credential of its own, whose models are served with its key', async () => {
  const own = await RealServer.start({ env: { UMANS_API_KEY: 'um-test-0123456789', UMANS_BASE_URL: provider.baseUrl } });
  expect(await own.get('/models')).toMatchObject({ models: expect.arrayContaining(['umans/mock-1', 'umans/mock-2', 'offline/tools']) });
  provider.inTurn({ text: ['hi'] });
  await own.chat({ conversationId: 'u', message: 'go' });
  expect(provider.seen.map(({ body, headers }) => [body.model, headers.authorization])).toEqual([
    ['umans-coder', 'Bearer um-test-0123456789'],
  ]);
  await own.stop();
  expect(own.output).not.toContain('um-test-0123456789');
});
