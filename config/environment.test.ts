import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cleaned } from './environment.js';
import { place } from './load.fixture.js';

describe('values (K04)', () => {
  test.each<[string | undefined, string | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['  ', undefined],
    ['""', undefined],
    [' a ', 'a'],
    ['"a b"', 'a b'],
    ["'a'", 'a'],
    ['a\r\n', 'a'],
    ['"a"\r', 'a'],
    ['"a', '"a'],
  ])('%j is %j', (raw, value) => expect(cleaned(raw)).toBe(value));

  test('that are empty are not set', () => {
    const { load } = place();
    expect(
      load({ env: { BACKEND_PORT: ' ', DISPATCH_HOST: '""' } })
        .asConfig()
        .number('http.port'),
    ).toBe(24203);
  });

  test('with a line end inside are refused by name, without the value', () => {
    expect(place().problems({ env: { DISPATCH_API_KEY: 'hidden\nkey' } })).toEqual([
      'DISPATCH_API_KEY holds a line end or another control character: remove it',
    ]);
  });
});

describe('variables', () => {
  test('that nobody knows are warned of, with the nearest name', () => {
    const { warnings } = place().load({ env: { DISPATCH_HOTS: 'x', DISPATCH_TOKEN: 'secret-token', OTHER: 'y' } });
    expect(warnings).toEqual(['unknown variable DISPATCH_HOTS; did you mean DISPATCH_HOST?']);
  });

  test('of `.env` count after those of the process, quotes, comments and Windows line ends included', () => {
    const { cwd, write, load } = place();
    write(join(cwd, '.env'), '\ufeff# ports\r\nexport BACKEND_PORT="1"\r\nSURFACE_WS_PORT=2 # two\r\nDISPATCH_HOST=\r\n');
    const config = load({ env: { SURFACE_WS_PORT: '3' } });
    expect(config.asConfig().number('http.port')).toBe(1);
    expect(config.asConfig().number('ws.port')).toBe(3);
    expect(config.settings.get('http.port')?.origin.text).toBe(`BACKEND_PORT in ${join(cwd, '.env')}`);
  });
});

describe('keys', () => {
  test('come from DISPATCH_API_KEY, else its file, else OPENAI_API_KEY, else its file', () => {
    const { cwd, write, load } = place();
    write(join(cwd, 'key'), ' from-file\r\n');
    const key = (env: Record<string, string>) => load({ env }).asConfig().value('provider.apiKey');
    const [own, file] = [{ DISPATCH_API_KEY: 'own' }, { DISPATCH_API_KEY_FILE: 'key' }];
    const [openai, openaiFile] = [{ OPENAI_API_KEY: 'openai' }, { OPENAI_API_KEY_FILE: join(cwd, 'key') }];
    expect(key({ ...own, ...file, ...openai, ...openaiFile })).toBe('own');
    expect(key({ ...file, ...openai })).toBe('from-file');
    expect(key({ ...openai, ...openaiFile })).toBe('openai');
    expect(key(openaiFile)).toBe('from-file');
  });

  test('in files that are missing or empty are problems', () => {
    const { cwd, write, problems } = place();
    write(join(cwd, 'empty'), '\n');
    expect(problems({ env: { DISPATCH_API_KEY_FILE: 'none' } })).toEqual([
      'DISPATCH_API_KEY_FILE names the file none, which cannot be read (ENOENT)',
    ]);
    expect(problems({ env: { DISPATCH_API_KEY_FILE: 'empty' } })).toEqual([
      'DISPATCH_API_KEY_FILE names the file empty, which is empty: put the key in it',
    ]);
  });

  test('in files that everybody can read are warned of (K02)', () => {
    const { cwd, files, write, load } = place();
    const key = write(join(cwd, 'key'), 'k', 0o644);
    const env = write(join(cwd, '.env'), 'OPENAI_API_KEY=x', 0o644);
    write(files.user, { credentials: { c: { provider: 'p', apiKey: 'abc' } } }, 0o644);
    write(files.system, { http: { port: 1 } }, 0o644);
    const open = (path: string) => `${path} holds a key and can be read by every user of this machine: chmod 600 it`;
    expect(load({ env: { DISPATCH_API_KEY_FILE: key } }).warnings).toEqual([open(env), open(key), open(files.user)]);
  });

  test('are not sent where a `.env` wants them, unless they stand beside it', () => {
    const { cwd, write, load } = place();
    const path = write(join(cwd, '.env'), 'OPENAI_BASE_URL=https://evil.example/v1');
    const loaded = load({ env: { OPENAI_API_KEY: 'k' } });
    expect(loaded.asConfig().value('provider.baseUrl')).toBeUndefined();
    expect(loaded.warnings[0]).toContain(`OPENAI_BASE_URL in ${path} is ignored: the key comes from OPENAI_API_KEY`);
    write(path, 'OPENAI_BASE_URL=https://good.example/v1\nOPENAI_API_KEY=k');
    expect(load().asConfig().value('provider.baseUrl')).toBe('https://good.example/v1');
  });

  test.each([
    ['FIRECRAWL_BASE_URL', 'tools.web.baseUrl', { tools: { web: { apiKey: 'fc-key' } } }, 'FIRECRAWL_API_KEY'],
    ['UMANS_BASE_URL', 'umans.baseUrl', { umans: { apiKey: 'um-key' } }, 'UMANS_API_KEY'],
    ['DISPATCH_BASE_URL', 'provider.baseUrl', { provider: { apiKey: 'sk-key' } }, 'DISPATCH_API_KEY'],
  ])('that a file or the environment sets do not follow %s of a `.env`', (variable, setting, inFile, key) => {
    const evil = 'https://evil.example/v1';
    const { cwd, files, write, load } = place();
    write(join(cwd, '.env'), `${variable}=${evil}`);
    expect(load().asConfig().value(setting)).toBe(evil);
    const elsewhere = load({ env: { [key]: 'another-key' } });
    write(files.user, inFile);
    for (const loaded of [elsewhere, load()]) {
      expect(loaded.asConfig().value(setting)).not.toBe(evil);
      expect(loaded.warnings[0]).toContain('a start directory may not send it elsewhere');
    }
    expect(load().secrets).toHaveLength(1);
  });

  test('of every kind stay out of what is shown, and out of reach of plain http', () => {
    const { load, problems } = place();
    const env = { UMANS_API_KEY: 'um-key', FIRECRAWL_API_KEY: 'fc-key' };
    expect([...load({ env }).secrets].sort()).toEqual(['fc-key', 'um-key']);
    expect(problems({ env: { ...env, FIRECRAWL_BASE_URL: 'http://fire.example' } })).toEqual([expect.stringContaining('use https://')]);
    expect(load({ env: { ...env, FIRECRAWL_BASE_URL: 'http://127.0.0.1:3002' } }).warnings).toEqual([]);
    expect(problems({ env: { UMANS_API_KEY: 'a b' } }).join()).not.toContain('a b');
  });

  test('of credentials are fetched from the variable or the file they name, where there is one', () => {
    const { cwd, files, write, load } = place();
    write(join(cwd, '.env'), 'WORK_KEY="work-key"');
    write(join(files.user, '../home-key'), 'home-key\n');
    const of = (entry: object) => ({ provider: 'p', ...entry });
    write(files.user, {
      credentials: {
        a: of({ apiKeyEnv: 'WORK_KEY' }),
        b: of({ apiKeyFile: 'home-key' }),
        c: of({ apiKeyEnv: 'NONE' }),
        d: of({ apiKeyFile: 'none' }),
      },
    });
    const loaded = load();
    expect(loaded.asConfig().value('credentials')).toEqual({
      a: { provider: 'p', apiKey: 'work-key' },
      b: { provider: 'p', apiKey: 'home-key' },
      c: { provider: 'p', apiKeyEnv: 'NONE' },
      d: { provider: 'p', apiKeyFile: join(files.user, '../none') },
    });
    expect(loaded.warnings).toEqual([]);
    expect(loaded.secrets).toEqual(['work-key', 'home-key']);
  });
});

describe('addresses of providers (K03)', () => {
  const given = (url: string, key = 'k') => ({ env: { DISPATCH_BASE_URL: url, DISPATCH_API_KEY: key } });

  test.each([
    'http://api.example.com/v1',
    'http://8.8.8.8/v1',
    'file:///etc/passwd',
    'https://u:p@h.example/v1',
    'nonsense',
    'https://h.example/v1?k=1',
  ])('%s is refused', (url) => expect(place().problems(given(url))).toHaveLength(1));

  test.each([
    'http://localhost:1/v1',
    'http://127.0.0.1:1/v1',
    'http://[::1]/v1',
    'http://192.168.1.2/v1',
    'http://ollama:11434/v1',
    'https://h.example/v1',
  ])('%s is taken', (url) => expect(place().load(given(url)).warnings).toEqual([]));

  test('over http without a key are taken; a slash at the end goes; no path is warned of', () => {
    const { load } = place();
    expect(load(given('http://api.example.com/v1///', '')).asConfig().text('provider.baseUrl')).toBe('http://api.example.com/v1');
    expect(load(given('https://api.example.com/')).warnings).toEqual([
      'provider.baseUrl (from DISPATCH_BASE_URL) has no path; most providers want /v1 at its end',
    ]);
  });

  test('over http to a host that the user names are taken with a key; a project may not name one', () => {
    const { files, write, load, problems } = place();
    const url = 'http://API.example.com/v1';
    write(files.project, { provider: { plainHttpHosts: ['api.example.com'] } });
    expect(problems(given(url))).toEqual([expect.stringContaining('use https:// (or name the host in provider.plainHttpHosts)')]);
    write(files.project, {});
    write(files.user, { provider: { plainHttpHosts: ['Api.example.com'] } });
    expect(load(given(url)).warnings).toEqual([]);
    expect(problems(given('http://www.api.example.com/v1'))).toHaveLength(1);
  });

  test('of credentials are judged alike', () => {
    const { files, write, problems } = place();
    write(files.user, { credentials: { c: { provider: 'p', baseURL: 'http://api.example.com/v1', apiKey: 'k' } } });
    expect(problems()).toEqual([expect.stringContaining(`credentials.c.baseURL (from ${files.user}) is http://`)]);
  });
});
