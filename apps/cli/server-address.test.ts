import { describe, expect, test } from '@jest/globals';
import { nearest } from './nearest.js';
import { serverAddress } from './server-address.js';

describe('serverAddress', () => {
  test('takes the flag, then the environment, then the local port', () => {
    const env = { DISPATCH_SERVER: 'http://there:1', BACKEND_PORT: '5' };
    expect(serverAddress('http://here:2/', env)).toBe('http://here:2');
    expect(serverAddress(undefined, env)).toBe('http://there:1');
    expect(serverAddress(undefined, { BACKEND_PORT: '5' })).toBe('http://localhost:5');
    expect(serverAddress(undefined, {})).toBe('http://localhost:24203');
    expect(serverAddress('localhost:99/base/', {})).toBe('http://localhost:99/base');
  });

  test.each(['http://', 'ftp://x', 'http://me:pw@x', ' '])('refuses %j', (address) => {
    expect(() => serverAddress(address, {})).toThrow(/--server/);
  });
  test('refuses a port that is none', () => {
    expect(() => serverAddress(undefined, { BACKEND_PORT: '99999' })).toThrow(/BACKEND_PORT/);
  });
});

test('the nearest name is found, and none when nothing is near', () => {
  const names = ['models', 'list', 'read', 'send', 'stop', 'plugins'];
  expect(['modles', 'lsit', 'LIST', 'sned', 'plugin', 'xyzzy'].map((typed) => nearest(typed, names))).toEqual([
    'models',
    'list',
    'list',
    'send',
    'plugins',
    undefined,
  ]);
});
