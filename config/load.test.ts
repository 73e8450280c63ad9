import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { place } from './load.fixture.js';
import { loadConfig } from './load.js';

describe('precedence', () => {
  test('with nothing set every key has its default, and paths are absolute', () => {
    const { cwd, load } = place();
    const config = load().asConfig();
    expect(config.number('http.port')).toBe(24203);
    expect(config.list('http.allowedHosts')).toEqual([]);
    expect(config.value('http.devPorts')).toEqual([24204, 25204]);
    expect(config.flag('turn.eagerTools')).toBe(true);
    expect(config.text('cwd')).toBe(cwd);
    expect(config.text('dataDir')).toBe(join(cwd, '.dispatch-data'));
    expect(config.text('db')).toBe(join(cwd, '.dispatch-data/dispatch.db'));
    expect(config.value('provider.apiKey')).toBeUndefined();
    expect(config.value('credentials')).toEqual({});
    expect(config.value('webDir')).toBeUndefined();
  });

  test('of any layers that set a key the strongest counts, and the others are remembered in order', () => {
    const { cwd, files, write, load } = place();
    const variables = { 'http.port': 'BACKEND_PORT', 'log.level': 'DISPATCH_LOG_LEVEL', 'ws.port': 'SURFACE_WS_PORT' };
    type Values = Partial<Record<keyof typeof variables, string | number>>;
    const port = fc.integer({ min: 0, max: 65_535 });
    const level = fc.constantFrom('debug', 'info', 'warn', 'error');
    const layer = fc.record({ 'http.port': port, 'ws.port': port, 'log.level': level }, { requiredKeys: [] });
    const asFile = (values: Values) => ({
      http: { port: values['http.port'] },
      ws: { port: values['ws.port'] },
      log: { level: values['log.level'] },
    });
    const asEnv = (values: Values) =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [variables[key as keyof Values], String(value)]));
    fc.assert(
      fc.property(fc.tuple(layer, layer, layer, layer, layer, layer), ([flags, env, dotenv, project, user, system]) => {
        write(
          join(cwd, '.env'),
          Object.entries(asEnv(dotenv))
            .map((pair) => `${pair.join('=')}\n`)
            .join(''),
        );
        write(files.project, asFile(project));
        write(files.user, asFile(user));
        write(files.system, asFile(system));
        const loaded = load({ flags, env: asEnv(env) });
        const byDefault = { 'http.port': 24203, 'ws.port': 24205, 'log.level': 'info' };
        for (const key of Object.keys(variables) as (keyof Values)[]) {
          // a variable of the process hides the one in `.env`
          const layers: Values[] = [flags, key in env ? env : dotenv, project, user, system, byDefault];
          const [first, ...rest] = layers.map((each) => each[key]).filter((value) => value !== undefined);
          expect(loaded.asConfig().value(key)).toBe(first);
          expect(loaded.settings.get(key)?.overridden.map(({ value }) => String(value))).toEqual(rest.map(String));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('entries of a record come from all layers, each from the strongest', () => {
    const { files, write, load } = place();
    const [a, b] = ['https://a.example/v1', 'https://b.example/v1'];
    write(files.user, { credentials: { x: { provider: 'p', baseURL: a } }, plugins: { prefer: { 'dispatch.models': 'm' } } });
    write(files.system, { credentials: { x: { provider: 'p', baseURL: b }, y: { provider: 'q' } } });
    const config = load().asConfig();
    expect(config.value('credentials')).toEqual({ x: { provider: 'p', baseURL: a }, y: { provider: 'q' } });
    expect(config.text('plugins.prefer.dispatch.models')).toBe('m');
    expect(config.text('credentials.x.baseURL')).toBe(a);
  });

  test('the usual files are looked for in the start directory, for the user, and for the system', () => {
    const { cwd, home, write } = place();
    write(join(cwd, 'dispatch.config.json'), { http: { port: 1 } });
    write(join(home, 'x/dispatch/dispatch.config.json'), { http: { port: 2 }, ws: { port: 3 } });
    const config = loadConfig({ env: { XDG_CONFIG_HOME: join(home, 'x') }, cwd, home }).asConfig();
    expect([config.number('http.port'), config.number('ws.port')]).toEqual([1, 3]);
  });
});

describe('problems', () => {
  test('are all found, and each says what, where and what would be right', () => {
    const { files, write, problems } = place();
    write(files.user, { http: { prot: 1, bodyLimit: 'much' }, plugin: {}, turn: 5, credentials: { 'a/b': {}, c: { url: 1 } } });
    const flags = { 'http.prt': 1, 'log.level': 'loud' };
    expect(problems({ flags, env: { BACKEND_PORT: '99999', DISPATCH_DEV_PORTS: '1,x' } })).toEqual([
      'unknown key "http.prt" in the flags; did you mean "http.port"?',
      `unknown key "http.prot" in ${files.user}; did you mean "http.port"?`,
      `unknown key "plugin" in ${files.user}; did you mean "plugins"?`,
      `turn in ${files.user} must be an object`,
      'log.level (from --log.level) is "loud" and must be one of trace, debug, info, warn, error, fatal, silent',
      'http.port (from BACKEND_PORT) is 99999 and must be a whole number from 0 to 65535',
      'http.devPorts (from DISPATCH_DEV_PORTS) is [1,"x"] and must be a list of port numbers',
      `http.bodyLimit (from ${files.user}) is "much" and must be a whole number from 1024 to 1073741824`,
      `credentials.a/b (from ${files.user}): has a name that is not allowed`,
      expect.stringContaining(`credentials.c (from ${files.user}): Unrecognized key`),
    ]);
  });

  test('of a broken file name the line and the column', () => {
    const { files, write, problems } = place();
    write(files.project, '{\n  // fine\n  "http": { "port" 1 }\n}');
    expect(problems()).toEqual([`${files.project}:3:20 is not JSON with comments: colon expected`]);
  });

  test('of a value that is overridden do not count', () => {
    const { files, write, problems } = place();
    write(files.user, { http: { port: 'x' } });
    expect(problems({ env: { BACKEND_PORT: '1' } })).toEqual([]);
  });

  test('never show a key', () => {
    const { files, write, problems } = place();
    write(files.user, { credentials: { c: { provider: 'p', apiKey: 'hidden one', baseURL: 'https://u:hidden@h/v1' } } });
    const found = problems({ env: { DISPATCH_API_KEY: 'hidden two', DISPATCH_BASE_URL: 'https://hidden:three@h.example' } });
    expect(found).toHaveLength(3);
    expect(found.join()).not.toContain('hidden');
    expect(found).toContain('provider.apiKey (from DISPATCH_API_KEY) must be printable ASCII without spaces');
  });
});

describe('paths', () => {
  test('are meant from where they were written; ~ is the home folder', () => {
    const { cwd, home, files, write, load } = place();
    write(files.user, { dataDir: 'data', webDir: '~/web' });
    const config = load({ env: { DISPATCH_DB: './x.db', DISPATCH_PLUGINS: 'a:/b, c' } }).asConfig();
    expect(config.text('dataDir')).toBe(join(home, '.config/dispatch/data'));
    expect(config.text('journal')).toBe(join(home, '.config/dispatch/data/journal.ndjson'));
    expect(config.text('webDir')).toBe(join(home, 'web'));
    expect(config.text('db')).toBe(join(cwd, 'x.db'));
    expect(config.list('plugins.folders')).toEqual([join(cwd, 'a'), '/b', join(cwd, 'c')]);
  });
});

describe('the view for plugins', () => {
  test('refuses a setting of another kind, and one that is not set', () => {
    const config = place().load().asConfig();
    expect(() => config.text('http.port')).toThrow(
      expect.objectContaining({ code: 'config-type', message: expect.stringContaining('"http.port" is of the kind "number"') }),
    );
    expect(() => config.number('provider.model')).toThrow('"provider.model" is not set');
    expect(() => config.flag('__proto__')).toThrow('is not set');
    expect(config.list('http.devPorts')).toEqual(['24204', '25204']);
  });
});
