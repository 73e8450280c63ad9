import { describe, expect, test } from '@jest/globals';
import { Screen } from './screen.js';

/** What reaches an output that is, or is no, terminal. */
function shown(isTTY: boolean, work: (screen: Screen) => void, env: Record<string, string> = {}): { out: string; err: string } {
  const written = { out: '', err: '' };
  const output = (name: 'out' | 'err') => ({ isTTY, columns: 20, write: (text: string) => (written[name] += text) });
  work(new Screen(output('out'), output('err'), env, false));
  return written;
}

const pieces = (text: string, screen: Screen) => {
  for (let i = 0; i < text.length; i++) screen.text(text[i] as string);
};

describe('a screen', () => {
  const clipboard = '\u001b]52;c;aGk=\u0007\u001b[2J\u009b31m\u202e';
  test('C04 spells out what could steer a terminal, also when it comes in pieces', () => {
    const { out } = shown(true, (screen) => pieces(clipboard, screen));
    expect(out).toBe('\\x1b]52;c;aGk=\\x07\\x1b[2J\\x9b31m\\u202e');
  });

  test('C03 sends no control characters into a pipe, and leaves letters as they are there', () => {
    const { out } = shown(false, (screen) => pieces(`${clipboard}\r\nover\rwritten`, screen));
    expect(out).toBe('\\x1b]52;c;aGk=\\x07\\x1b[2J\\x9b31m\u202e\r\nover\\x0dwritten');
  });

  test.each([true, false])('keeps characters whole that come in pieces (terminal: %s)', (isTTY) => {
    expect(shown(isTTY, (screen) => pieces('a😀\r\nb', screen)).out).toBe(isTTY ? 'a😀\nb' : 'a😀\r\nb');
    const broken = shown(isTTY, (screen) => {
      pieces('a\ud83d', screen);
      screen.line('next');
    });
    expect(broken.out).toBe('a\ufffd\nnext\n');
  });

  test.each([
    [true, {}, '\u001b[36m[tool] \u001b[39mx\n'],
    [true, { NO_COLOR: '1' }, '[tool] x\n'],
    [true, { TERM: 'dumb' }, '[tool] x\n'],
    [false, { FORCE_COLOR: '1' }, '[tool] x\n'],
  ])('C03 has colours on a terminal only (terminal: %s, %j)', (isTTY, env, expected) => {
    expect(shown(isTTY, (screen) => screen.line('x', 'cyan', '[tool]'), env as Record<string, string>).out).toBe(expected);
  });

  test('C10 knows the width of a terminal, 80 when it does not tell', () => {
    const widths = [20, 0, undefined].map((columns) => {
      const output = { isTTY: true, columns, write: () => true };
      return new Screen(output, output, {}, false).columns;
    });
    expect(widths).toEqual([20, 80, 80]);
  });

  test('ends a line that was begun before something is said', () => {
    const { out, err } = shown(false, (screen) => {
      screen.text('begun');
      screen.note('said\u001b[2J');
    });
    expect({ out, err }).toEqual({ out: 'begun\n', err: 'said\\x1b[2J\n' });
  });
});
