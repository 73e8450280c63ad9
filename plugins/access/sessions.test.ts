import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { folder } from './access-server.fixture.js';
import { LaunchCodes, launchMs } from './launch-codes.js';
import { Sessions, sessionMs } from './sessions.js';

const now = 1_760_000_000_000;
function opened(file = join(folder(), 'sessions.json'), token = 'token') {
  const sessions = new Sessions(file);
  sessions.load(token);
  return { file, sessions };
}

describe('sessions', () => {
  test('outlive a restart, and end after thirty days', () => {
    const { file, sessions } = opened();
    const cookie = sessions.make(now);
    const { sessions: next } = opened(file);
    expect([next.has(cookie, now), next.has(cookie, now + sessionMs - 1), next.has(cookie, now + sessionMs)]).toEqual([true, true, false]);
  });

  test('end when the token is another one after a restart', () => {
    const { file, sessions } = opened();
    const cookie = sessions.make(now);
    expect(opened(file, 'another').sessions.has(cookie, now)).toBe(false);
  });

  test('all end at once when the token is replaced', () => {
    const { file, sessions } = opened();
    const cookies = [sessions.make(now), sessions.make(now)];
    sessions.clear('another');
    expect(cookies.map((cookie) => sessions.has(cookie, now))).toEqual([false, false]);
    const later = sessions.make(now);
    expect(opened(file, 'another').sessions.has(later, now)).toBe(true);
  });

  test('lie on the disk as digests, for this user alone', () => {
    const { file, sessions } = opened();
    const cookie = sessions.make(now);
    expect(readFileSync(file, 'utf8')).not.toContain(cookie);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('are a hundred at most: the oldest goes', () => {
    const { sessions } = opened();
    const cookies = Array.from({ length: 101 }, () => sessions.make(now));
    expect(cookies.filter((cookie) => sessions.has(cookie, now))).toEqual(cookies.slice(1));
  });

  test.each(['', 'null', '{', '[]', '7', '{"token":"x","sessions":null}', '{"sessions":{"a":"b"}}'])(
    'are none in a broken file: %j',
    (text) => {
      const { file } = opened();
      writeFileSync(file, text, { mode: 0o600 });
      const { sessions } = opened(file);
      expect(sessions.has(sessions.make(now), now)).toBe(true);
    },
  );

  test('that others could have written are refused', () => {
    const { file, sessions } = opened();
    sessions.make(now);
    chmodSync(file, 0o666);
    expect(() => opened(file)).toThrow('may be read by other users');
  });
});

describe('a launch code', () => {
  test('is good once', () => {
    const codes = new LaunchCodes();
    const code = codes.make(0);
    expect(code).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect([codes.take(code, 1), codes.take(code, 1)]).toEqual([true, false]);
  });

  test('is good for five minutes', () => {
    const codes = new LaunchCodes();
    const [early, late] = [codes.make(0), codes.make(0)];
    expect([codes.take(early, launchMs - 1), codes.take(late, launchMs)]).toEqual([true, false]);
  });

  test('is not good any more after sixteen others, or when all are taken back', () => {
    const codes = new LaunchCodes();
    const all = Array.from({ length: 17 }, () => codes.make(0));
    expect([codes.take(all[0] as string, 1), codes.take(all[1] as string, 1)]).toEqual([false, true]);
    codes.clear();
    expect(codes.take(all[2] as string, 1)).toBe(false);
  });
});
