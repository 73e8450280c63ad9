import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { errorCodes, KernelError, messageOf } from './errors.js';

const folder = dirname(fileURLToPath(import.meta.url));

test('the list of codes is closed', () => {
  expect(errorCodes).toEqual([
    'plugin-invalid',
    'plugin-duplicate',
    'plugin-start-failed',
    'plugin-timeout',
    'need-missing',
    'need-failed',
    'provider-clash',
    'cycle',
    'config-type',
    'provider-failed',
  ]);
});

test('every code is one the kernel uses', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/(^errors|test|types)\.(test\.)?ts$/.test(name),
  );
  const code = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  expect(errorCodes.filter((each) => !code.includes(`'${each}'`))).toEqual([]);
});

test('an error keeps its code, its words and its cause', () => {
  const cause = new Error('deeper');
  const error = new KernelError('cycle', 'a needs b', { cause });
  expect([error.name, error.code, error.message, error.cause]).toEqual(['KernelError', 'cycle', 'a needs b', cause]);
  expect(error).toBeInstanceOf(Error);
});

test('whatever was thrown has words', () => {
  const thrown = [
    new Error('words'),
    'text',
    undefined,
    null,
    7,
    new TypeError(''),
    Object.create(null),
    Object.assign(new Error(), { message: 5 }),
  ];
  expect(thrown.map(messageOf)).toEqual([
    'words',
    'text',
    'undefined',
    'null',
    '7',
    'TypeError',
    'something was thrown that cannot be put into words',
    '5',
  ]);
});
