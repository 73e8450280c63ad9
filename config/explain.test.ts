import { expect, test } from '@jest/globals';
import { explain, show } from './explain.js';
import { keys } from './keys.js';
import { place } from './load.fixture.js';

test('a setting is explained: its value, where it was written, what it overrides, what it is for', () => {
  const { files, write, load } = place();
  write(files.user, { http: { port: 2 } });
  expect(explain(load({ flags: { 'http.port': '1' } }), 'http.port')).toEqual([
    {
      key: 'http.port',
      value: 1,
      from: '--http.port',
      overridden: [
        { value: 2, from: files.user },
        { value: 24203, from: 'default' },
      ],
      doc: 'Port of the HTTP server; 0 takes any free one.',
    },
  ]);
});

test('secrets are never shown, overridden ones and those of plugins included', () => {
  const { files, write, load } = place();
  write(files.user, {
    provider: { apiKey: 'hidden-one' },
    credentials: { c: { provider: 'p', apiKey: 'hidden-two', headers: { Authorization: 'Bearer hidden-three' } } },
    plugins: { settings: { search: { apiKey: 'hidden-four', deep: [{ token: 'hidden-five' }], pin: 'hidden by its schema only' } } },
    mcpServers: { wiki: { url: 'https://u:hidden-six@h/' } },
  });
  const loaded = load({ env: { DISPATCH_API_KEY: 'hidden-zero' } });
  const shown = JSON.stringify(show(loaded));
  expect(shown).not.toContain('hidden');
  expect(shown).toContain('https://***@h/');
  expect(shown).toContain('{"apiKey":"***","deep":"***","pin":"***"}');
  expect(loaded.secrets).toEqual(expect.arrayContaining(['zero', 'one', 'two', 'four', 'five', 'six'].map((name) => `hidden-${name}`)));
  expect(loaded.secrets).toContain('Bearer hidden-three');
});

test('everything is shown in the order of the schema, what is not set included', () => {
  const all = show(place().load());
  expect(all.map(({ key }) => key)).toEqual([...keys.keys()]);
  expect(all.filter(({ from }) => from === 'not set').map(({ key }) => key)).toContain('provider.apiKey');
});

test('a group and an entry are explained too, and a key that does not exist names the nearest', () => {
  const { files, write, load } = place();
  write(files.user, { credentials: { 'a.b': { provider: 'p' } } });
  const loaded = load();
  expect(explain(loaded, 'retry').map(({ key }) => key)).toContain('retry.maxMs');
  expect(explain(loaded, 'credentials')).toEqual(explain(loaded, 'credentials.a.b'));
  expect(() => explain(loaded, 'http.prt')).toThrow('there is no setting "http.prt"; did you mean "http.port"?');
});
