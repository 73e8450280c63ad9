import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Secrets, ToolAnswer } from 'dispatch/kernel';
import { testClock, testConfig, toolContract } from 'dispatch/testing';
import { FakeService } from './firecrawl.fixture.js';
import { WebSearchTool } from './web-search-tool.js';

let service: FakeService;
beforeEach(async () => {
  service = await FakeService.listen();
});
afterEach(() => service.close());

const secrets: Secrets = { add: () => undefined, mask: (text) => text.replaceAll('fc-key', '***'), withoutSecrets: () => ({}) };
const clock = testClock();
const tool = (settings: Record<string, unknown> = {}) => {
  const all = { 'tools.web.baseUrl': service.url, 'tools.web.apiKey': 'fc-key', 'tools.web.allowLocal': false, ...settings };
  return new WebSearchTool(testConfig(all), clock, secrets);
};
const shown: string[] = [];
const context = (signal = new AbortController().signal) => ({
  ...{ conversationId: 'c', turnId: 't', toolCallId: 'k', cwd: '/', readableRoots: [], signal },
  output: (data: string) => void shown.push(data),
});
const ask = (input: Parameters<WebSearchTool['execute']>[0], settings?: Record<string, unknown>) =>
  tool(settings).execute(input, context());
const text = (answer: ToolAnswer) => (typeof answer === 'string' ? answer : answer.content);
const refused = (content: unknown) => ({ content, isError: true });
const page = 'http://93.184.216.34/page';

describe('search', () => {
  test('asks with the key and the wishes, and answers what was found', async () => {
    service.answer = () => ({
      success: true,
      data: [
        { title: 'One\nline', url: 'https://a.example/', description: 'about  a' },
        { url: 'https://b.example/' },
        { title: 'no address' },
      ],
    });
    expect(await ask({ query: 'cats', limit: 3, lang: 'en', country: 'us' })).toBe(
      '1. One line\n   https://a.example/\n   about a\n2. https://b.example/\n   https://b.example/',
    );
    expect(service.asked).toEqual([
      { method: 'POST', path: '/v1/search', key: 'Bearer fc-key', body: { query: 'cats', limit: 3, lang: 'en', country: 'us' } },
    ]);
  });

  test('understands the newer version too, and an address that names it', async () => {
    service.answer = () => ({ success: true, data: { web: [{ title: 'T', url: 'https://a.example/' }], news: [] } });
    expect(await ask({ query: 'q' }, { 'tools.web.baseUrl': `${service.url}/v2/` })).toBe('1. T\n   https://a.example/');
    expect(service.asked[0]).toMatchObject({ path: '/v2/search', body: { query: 'q', limit: 5 } });
    service.answer = () => ({ success: true, data: [] });
    expect(await ask({ query: 'q' })).toBe('nothing was found');
  });
});

describe('scrape', () => {
  test('reads one page in the format that is wanted', async () => {
    const metadata = { title: 'A page', sourceURL: page, statusCode: 404 };
    service.answer = () => ({ success: true, data: { markdown: '# Hi\n', links: ['https://a.example/', 1], metadata } });
    const head = `# A page\n${page}\n[the page answered 404]\n\n`;
    expect(await ask({ url: page })).toBe(`${head}# Hi`);
    expect(await ask({ url: page, format: 'links', lang: 'de' })).toBe(`${head}https://a.example/`);
    expect(await ask({ url: page, mode: 'scrape', format: 'html' })).toBe(`${head}(nothing to read)`);
    expect(service.asked[1]).toMatchObject({
      path: '/v1/scrape',
      body: { url: page, formats: ['links'], onlyMainContent: true, timeout: 25_000, location: { languages: ['de'] } },
    });
  });

  test('of something very long is cut', async () => {
    service.answer = () => ({ success: true, data: { markdown: 'x'.repeat(2_000_000) } });
    const answer = text(await ask({ url: page }));
    expect([answer.length, answer.endsWith('\n[cut: there is more]')]).toEqual([1_000_021, true]);
  });
});

test('map lists addresses, whichever way they come', async () => {
  service.answer = () => ({ success: true, links: ['https://a.example/', { url: 'https://b.example/', title: 'b' }, null] });
  expect(await ask({ url: page, mode: 'map', query: 'docs', limit: 7 })).toBe('https://a.example/\nhttps://b.example/');
  expect(service.asked[0]).toMatchObject({ path: '/v1/map', body: { url: page, limit: 7, search: 'docs' } });
  service.answer = () => ({ success: true, links: [] });
  expect(await ask({ url: page, mode: 'map' })).toBe(`no addresses were found from ${page}`);
});

describe('crawl', () => {
  const at = (n: number) => ({ markdown: `page ${n}`, metadata: { url: `${page}/${n}` } });
  /** Lets a crawl run: it sleeps on a clock that stands still. */
  async function settle(answer: Promise<ToolAnswer> | ToolAnswer): Promise<ToolAnswer> {
    let over = false;
    const done = Promise.resolve(answer).finally(() => {
      over = true;
    });
    while (!over) {
      if (clock.sleeping() > 0) await clock.advance(2_000);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return done;
  }
  const crawl = (limit = 3) => settle(ask({ url: page, mode: 'crawl', limit }));

  test('is polled until it is complete, part by part, and shows how far it is', async () => {
    shown.length = 0;
    const states = [
      { status: 'scraping', completed: 0, total: 3 },
      { status: 'scraping', completed: 1, total: 3 },
      { status: 'completed', completed: 3, total: 3, data: [at(1)], next: 'https://elsewhere.example/v1/crawl/x?skip=1' },
      { data: [at(2), at(3), at(4)] },
    ];
    service.answer = ({ method }) => (method === 'POST' ? { success: true, id: 'job-1' } : states.shift());
    expect(await crawl()).toBe([1, 2, 3].map((n) => `${page}/${n}\n\npage ${n}`).join('\n\n---\n\n'));
    expect(shown).toEqual(['0 of 3 pages\n', '1 of 3 pages\n', '3 of 3 pages\n']);
    expect(service.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      ...['POST /v1/crawl', 'GET /v1/crawl/job-1', 'GET /v1/crawl/job-1', 'GET /v1/crawl/job-1', 'GET /v1/crawl/job-1?skip=1'],
    ]);
    expect(service.asked[0]?.body).toEqual({ url: page, limit: 3, scrapeOptions: { formats: ['markdown'], onlyMainContent: true } });
  });

  test('that fails says so, and that has pages by then shows them', async () => {
    const states: unknown[] = [{ status: 'failed', error: 'robots' }];
    service.answer = ({ method }) => (method === 'POST' ? { id: 'j' } : states.shift());
    expect(await crawl()).toEqual(refused('the crawl failed: robots'));
    states.push({ status: 'cancelled', data: [at(1)] });
    expect(await crawl()).toBe(`${page}/1\n\npage 1\n\n[the crawl was cancelled]`);
  });

  test('is given up after five minutes with what there is, and cancelled', async () => {
    service.answer = ({ method }) => (method === 'POST' ? { id: 'j' } : { status: 'scraping', completed: 1, total: 9, data: [at(1)] });
    expect(await crawl()).toBe(`${page}/1\n\npage 1\n\n[the crawl was not finished after 5 minutes]`);
    while (service.asked.at(-1)?.method !== 'DELETE') await new Promise((resolve) => setTimeout(resolve, 5));
    expect(service.asked.filter(({ method }) => method === 'GET').length).toBeGreaterThan(100);
  });

  test('survives a service that stumbles, not one that stays down', async () => {
    let stumbles = 2;
    service.answer = ({ method }, response) => {
      if (method === 'POST') return { id: 'j' };
      if (stumbles-- > 0) response.statusCode = 502;
      return { status: 'completed', data: [at(1)], total: 1 };
    };
    expect(await crawl()).toBe(`${page}/1\n\npage 1`);
    stumbles = 99;
    expect(await crawl()).toEqual(refused('Firecrawl answered 502'));
  });

  test('is cancelled at the service when the turn is stopped', async () => {
    const stopping = new AbortController();
    service.answer = ({ method }) => (method === 'POST' ? { id: 'j' } : { status: 'scraping' });
    const answer = tool().execute({ url: page, mode: 'crawl' }, context(stopping.signal));
    while (service.asked.length < 2 || clock.sleeping() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stopping.abort();
    expect(await answer).toEqual(refused('the crawl was stopped'));
    while (service.asked.at(-1)?.method !== 'DELETE') await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test('with an id that would lead elsewhere is refused', async () => {
    service.answer = () => ({ id: '../../admin' });
    expect(await crawl()).toEqual(refused('Firecrawl started a crawl without telling its id'));
    expect(service.asked).toHaveLength(1);
  });
});

describe('addresses of the local network', () => {
  const local = [
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1',
    'http://[::ffff:7f00:1]',
    'http://localhost',
    'http://169.254.169.254/',
  ];
  test.each([...local, 'http://redis:6379', 'http://10.1.2.3', 'http://[fd00::1]', 'file:///etc/passwd'])(
    'such as %s are not asked for',
    async (url) => {
      for (const mode of ['scrape', 'crawl', 'map'] as const)
        expect(await ask({ url, mode })).toEqual(refused(expect.stringMatching(/not asked for|only http/)));
      expect(service.asked).toEqual([]);
    },
  );

  test('are asked for where that is allowed', async () => {
    service.answer = () => ({ data: { markdown: 'hi' } });
    expect(await ask({ url: 'http://127.0.0.1/' }, { 'tools.web.allowLocal': true })).toBe('hi');
  });

  test('are not shown when a redirect led there', async () => {
    const metadata = { sourceURL: page, url: 'http://169.254.169.254/latest/meta-data/' };
    service.answer = () => ({ data: { markdown: 'SECRET', metadata } });
    expect(await ask({ url: page })).toEqual(refused('169.254.169.254 is not asked for: it is an address of the local link'));
  });
});

describe('failures', () => {
  test.each([
    [401, 'Firecrawl refused the key (401): set FIRECRAWL_API_KEY: bad key ***'],
    [402, 'Firecrawl wants to be paid (402): the account has no credits left: bad key ***'],
    [429, 'Firecrawl has been asked too often (429): wait a little: bad key ***'],
    [500, 'Firecrawl answered 500: bad key ***'],
  ])('of status %i are told in words, without the key', async (status, words) => {
    service.answer = (_, response) => {
      response.statusCode = status;
      return { success: false, error: 'bad key fc-key' };
    };
    expect(await ask({ query: 'q' })).toEqual(refused(words));
  });

  test('of the service itself are told: a redirect, no JSON, too much, no connection', async () => {
    service.answer = (_, response) => void response.writeHead(302, { location: 'https://evil.example' }).end();
    expect(await ask({ query: 'q' })).toEqual(refused(expect.stringContaining('answered with a redirect (302)')));
    service.answer = (_, response) => void response.end('<html>');
    expect(await ask({ query: 'q' })).toEqual(refused(expect.stringContaining('answered no JSON')));
    service.answer = (_, response) => void response.end(Buffer.alloc(17 * 1024 * 1024, ' '));
    expect(await ask({ query: 'q' })).toEqual(refused('Firecrawl answered more than 16 MiB: ask for less'));
    service.answer = (_, response) => void response.destroy();
    expect(await ask({ query: 'q' })).toEqual(refused(expect.stringContaining('cannot be reached')));
  });

  test('a stop ends the request at the service', async () => {
    const stopping = new AbortController();
    let closed: Promise<unknown> | undefined;
    service.answer = (_, response) => {
      closed = once(response, 'close');
      stopping.abort();
    };
    expect(await tool().execute({ query: 'q' }, context(stopping.signal))).toEqual(refused('the request was stopped'));
    await closed;
  });

  test('of what was asked are told before anything is sent', async () => {
    expect(await ask({})).toEqual(refused(expect.stringContaining('needs a query')));
    expect(await ask({ mode: 'crawl' })).toEqual(refused('mode crawl needs a url: say which page'));
    expect(await ask({ url: 'nonsense' })).toEqual(refused(expect.stringContaining('is no address')));
    expect(service.asked).toEqual([]);
  });
});

test('the tool is offered only where there is a Firecrawl', async () => {
  const other = { ...tool(), name: 'other', execute: () => '' };
  const offered = (settings: Record<string, unknown>) => {
    const own = tool(settings);
    return own.filter([other, own]).map(({ name }) => name);
  };
  expect(offered({})).toEqual(['other', 'web_search']);
  expect(offered({ 'tools.web.apiKey': undefined })).toEqual(['other', 'web_search']);
  expect(offered({ 'tools.web.baseUrl': undefined })).toEqual(['other', 'web_search']);
  const none = { 'tools.web.baseUrl': undefined, 'tools.web.apiKey': undefined };
  expect(offered(none)).toEqual(['other']);
  expect(await ask({ query: 'q' }, none)).toEqual(refused(expect.stringContaining('set FIRECRAWL_API_KEY')));
});

test('the tool keeps the contract of tools', async () => {
  expect(await toolContract(tool(), { inputs: [{ query: 'q' }, { url: 'x' }], context: context() })).toEqual([]);
});
