import { expect, test } from '@jest/globals';
import { exposureProblem } from './exposure.js';

test.each(['127.0.0.1', 'localhost', '::1', '[::1]', '127.1.2.3'])('%s is for this machine only, and fine', (host) => {
  expect(exposureProblem(host, 'same-user')).toBeUndefined();
});

test.each(['0.0.0.0', '::', '192.168.1.5', 'example.com'])('%s is refused, unless the user turns the check off', (host) => {
  expect(exposureProblem(host, 'same-user')).toContain('DISPATCH_AUTH=off');
  expect(exposureProblem(host, 'off')).toBeUndefined();
});

test('a token that nobody would check is refused', () => {
  expect(exposureProblem('127.0.0.1', 'token')).toContain('cannot be checked yet');
});
