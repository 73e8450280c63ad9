import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { base, chatBody, cli, type Event, end, environment, type Outcome, run, said, server } from './scripted-server.fixture.js';

describe('output', () => {
  const wild = '\u001b]52;c;aGk=\u0007\u001b[2J\u202eevil\u009b31m';
  const cases: [string, string[], Record<string, string>][] = [
    ['without a terminal', [], {}],
    ['with --json', ['--json'], {}],
    ['with NO_COLOR', [], { NO_COLOR: '1', FORCE_COLOR: '1' }],
  ];
  test.each(cases)('C03 %s has no escape byte in it', async (_name, flags, env) => {
    server.script = [...said(wild), { type: 'error', message: wild }, ...end];
    const { out, err } = await run(['chat', '--text', 'hi', ...flags], { env });
    // What only misleads the eye stays as it is in a pipe: it may be Arabic.
    if (flags.length === 0) expect(out).toContain('\u202eevil');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(out + err).not.toMatch(/[\u001b\u009b]/);
    expect(out).toContain('evil');
  });

  test('C03 with --json is one JSON value a line', async () => {
    server.script = [...said(wild), ...end];
    const { out } = await run(['chat', '--text', 'hi', '--json']);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ type }) => type)).toEqual(server.script.map((event) => (event as Event).type));
    expect(events[2].delta).toBe(wild);
    for (const args of [['models'], ['list'], ['read', 'bb'], ['stop', 'bb'], ['plugins'], ['plugin', 'list'], ['queue', 'list', 'bb']])
      expect(typeof JSON.parse((await run([...args, '--json'])).out)).toBe('object');
  });

  // `script` lends a terminal; it belongs to util-linux.
  const terminal = existsSync('/usr/bin/script') ? test : test.skip;
  const onTerminal = (command: string, env: Record<string, string> = {}) =>
    new Promise<string>((resolve) => {
      const line = `stty cols 20; ${process.execPath} ${cli} ${command}`;
      execFile('/usr/bin/script', ['-qec', line, '/dev/null'], { cwd: base, env: environment({ TERM: 'xterm', ...env }) }, (_e, out) =>
        resolve(out),
      ).stdin?.end();
    });
  terminal('C04 on a terminal is coloured, but a model cannot steer it', async () => {
    server.script = [...said(wild), ...end];
    const out = await onTerminal('chat --text hi');
    expect(out).toContain('\\x1b]52;c;aGk=\\x07\\x1b[2J\\u202eevil\\x9b31m');
    expect(out).toContain('\u001b[2m[usage] \u001b[22m');
    expect(await onTerminal('chat --text hi', { NO_COLOR: '1' })).not.toContain('\u001b');
  });
  terminal('C10 fits a terminal of 20 columns', async () => {
    expect((await onTerminal('list')).split('\r\n')[0]).toBe('aaaa-1 | First | 2m');
    expect(await onTerminal('--help')).toContain('--server');
  });

  test('C02 ends quietly when nobody reads it any more', async () => {
    server.script = [...said(...Array.from({ length: 5000 }, () => `${'x'.repeat(200)}\n`)), ...end];
    const { out, err } = await new Promise<Outcome>((resolve) =>
      execFile(
        'sh',
        ['-c', '{ "$0" "$1" chat --text hi; echo "code $?" >&2; } | head -1', process.execPath, cli],
        { env: environment(), cwd: base },
        (error, out, err) => resolve({ code: error?.code, out, err }),
      ),
    );
    expect({ out, err }).toEqual({ out: `${'x'.repeat(200)}\n`, err: 'code 0\n' });
  });
});

describe('the server', () => {
  test('that is not there ends with 3 and how to start one', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    for (const args of [['models'], ['chat', '--text', 'hi']])
      expect(await run([...args, '--server', `http://localhost:${port}`])).toEqual({
        code: 3,
        out: '',
        err: expect.stringMatching(/no server answers at http:\/\/localhost:\d+ .* Start one with "dispatch-server"/),
      });
  });

  test('gets the token of the file when it wants one, and only then', async () => {
    mkdirSync(join(base, '.dispatch-data'), { recursive: true });
    writeFileSync(join(base, '.dispatch-data/token'), 'from-file\n', { mode: 0o600 });
    try {
      await run(['models']);
      expect(server.authorization).toBeUndefined();
      server.refusal = { status: 401, text: '{"error":"token needed"}', unless: 'from-file' };
      expect((await run(['models'])).code).toBe(0);
      expect(await run(['chat', '--text', 'hi'])).toMatchObject({ code: 0, out: expect.stringContaining('hello') });
      expect((await run(['models'], { env: { DISPATCH_TOKEN: 'other' } })).code).toBe(1);
      expect((await run(['token', '--show'])).out).toBe('from-file\n');
      expect((await run(['token'])).out).toBe(`${join(base, '.dispatch-data/token')}\n`);
      expect((await run(['token', '--json'])).out).not.toContain('from-file');
    } finally {
      rmSync(join(base, '.dispatch-data'), { recursive: true });
    }
  });

  test('is found at localhost when it listens on ::1 only', async () => {
    const six = createServer((_request, response) => response.end('{"models":["six/one"]}')).listen(0, '::1');
    try {
      await once(six, 'listening');
    } catch {
      return; // This machine has no IPv6.
    }
    const { port } = six.address() as AddressInfo;
    expect((await run(['models'], { env: { DISPATCH_SERVER: '', BACKEND_PORT: String(port) } })).out).toBe('six/one\n');
    await new Promise((resolve) => six.close(resolve));
  });

  test('is quoted when it refuses, and is told the token from the environment only', async () => {
    server.refusal = { status: 409, text: '{"error":"a turn is already running"}' };
    expect(await run(['chat', '--text', 'hi'])).toMatchObject({ code: 1, err: 'dispatch: a turn is already running\n' });
    server.refusal = { status: 401, text: '{"error":"token needed"}' };
    expect((await run(['models'])).err).toMatch(/token needed\. Set DISPATCH_TOKEN to its token/);
    expect((await run(['models'], { env: { DISPATCH_TOKEN: 'T' } })).err).toMatch(/token needed\. The token that was sent is not its own/);
    expect(server.authorization).toBe('Bearer T');
    server.refusal = { status: 200, text: '<html>' };
    expect((await run(['models'])).err).toMatch(/does not speak as a Dispatch server/);
  });

  test('C10 needs no home directory and no locale that is known', async () => {
    expect((await run(['models'], { env: { LC_ALL: 'xx_YY.odd', LANG: 'zz' } })).code).toBe(0);
  });
});

describe('signals', () => {
  const begun = async (): Promise<{ child: ChildProcess; words: { out: string; err: string } }> => {
    const child = spawn(process.execPath, [cli, 'chat', '--text', 'hi'], { cwd: base, env: environment() });
    const words = { out: '', err: '' };
    child.stderr.on('data', (data) => (words.err += data));
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (data) => {
        words.out += data;
        resolve();
      });
      child.once('close', () => resolve());
    });
    return { child, words };
  };
  const ended = async (child: ChildProcess) => (await once(child, 'close'))[0];

  test('C07 Ctrl-C stops the turn and waits for its end', async () => {
    server.script = [...said('begun'), 'wait', { type: 'done', reason: 'aborted' }, { type: 'turn-sealed' }];
    const { child, words } = await begun();
    child.kill('SIGINT');
    expect(await ended(child)).toBe(130);
    expect(server.asked.map(({ line }) => line)).toContain(`POST /conversations/${chatBody().conversationId}/stop`);
    expect(words.out).toBe(`begun\n[conversation] ${chatBody().conversationId}\n`);
  });

  test('C07 a second Ctrl-C quits at once', async () => {
    server.script = [...said('begun'), 'wait', 'wait'];
    const { child, words } = await begun();
    child.kill('SIGINT');
    while (!words.err.includes('Ctrl-C again')) await once(child.stderr as Readable, 'data');
    child.kill('SIGINT');
    expect(await ended(child)).toBe(130);
    server.stopped();
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('C07 %s ends it and leaves the turn running', async (signal) => {
    server.script = [...said('begun'), 'wait'];
    const { child } = await begun();
    child.kill(signal);
    expect(await ended(child)).toBe(143);
    expect(server.asked.some(({ line }) => line.endsWith('/stop'))).toBe(false);
    server.stopped();
  });
});
