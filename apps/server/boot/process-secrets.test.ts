import { expect, test } from '@jest/globals';
import { ProcessSecrets } from './process-secrets.js';

const knowing = (...values: string[]) => {
  const secrets = new ProcessSecrets();
  for (const value of values) secrets.add(value);
  return secrets;
};

test('a secret is masked wherever it stands, the longer of two first, and short values are let be', () => {
  const secrets = knowing('sk-0123456789', 'sk-0123456789-long', 'abc');
  expect(secrets.mask('a sk-0123456789-long b sk-0123456789, abc')).toBe('a *** b ***, abc');
});

test('odd characters are masked as JSON and addresses write them, too', () => {
  const odd = '"k\\e/y%+ ü\n';
  const secrets = knowing(odd);
  for (const text of [odd, JSON.stringify({ odd }), `http://x/?${encodeURIComponent(odd)}`])
    expect(secrets.mask(text)).toMatch(/^(\{"odd":")?(http:\/\/x\/\?)?\*\*\*("\})?$/);
});

test('a secret that was cut off is masked as well: before a … and at the end', () => {
  const key = 'sk-proj-0123456789abcdef';
  const secrets = knowing(key);
  for (let length = 9; length < key.length; length++) {
    const piece = key.slice(0, length);
    expect(secrets.mask(`key: ${piece}… and ${piece}`)).toBe('key: ***… and ***');
  }
  expect(secrets.mask('sk-proj-… is how they begin; sk-proj-0123 is not cut')).toBe('sk-proj-… is how they begin; sk-proj-0123 is not cut');
});

test('a lone surrogate harms nothing', () => expect(knowing('bad \ud800 value').mask('x bad \ud800 value y')).toBe('x *** y'));

test('children get no variable that is named like a secret, or holds one', () => {
  const open = {
    PATH: '/bin',
    PWD: '/x',
    OLDPWD: '/y',
    SSH_AUTH_SOCK: '/s',
    KEYBOARD: 'us',
    TOKENIZERS: '1',
    XAUTHORITY: '/a',
    MONKEY: 'see',
  };
  const hidden = [
    ...['API_KEY', 'OPENAI_API_KEY', 'MYAPIKEY', 'GITHUB_TOKEN', 'TOKEN', 'AWS_SECRET_ACCESS_KEY', 'CLIENT_SECRET', 'SECRET_KEY_BASE'],
    ...[
      'PGPASSWORD',
      'MYSQL_PWD',
      'DB_PASSWORD',
      'SSH_PASSPHRASE',
      'GH_PAT',
      'npm_config__auth',
      'GOOGLE_APPLICATION_CREDENTIALS',
      'X_KEY_FILE',
    ],
  ];
  const environment = { ...open, ...Object.fromEntries(hidden.map((name) => [name, 'v'])), URL: 'http://u:hunter22@x', GONE: undefined };
  expect(knowing('hunter22').withoutSecrets(environment)).toEqual(open);
});
