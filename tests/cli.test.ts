import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConversationsAnswer, StatusAnswer } from 'dispatch/wire';
import { begin, beginOnTerminal, onTerminal, run, runOnTerminal } from './cli.fixture.js';
import { RealServer } from './real-server.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

let provider: ScriptedProvider;
let server: RealServer;
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  server = await RealServer.start({ providerUrl: provider.baseUrl });
});
afterAll(async () => {
  await server.stop();
  await provider.close();
});

const status = (id: string) => server.get<StatusAnswer>(`/conversations/${id}/status`);
/** More than can be said before it is stopped. */
const slow = { text: Array.from({ length: 3000 }, (_, i) => `word ${i} `), pace: 20 };
const uncoloured = (text: string): string => text.replace(colours, '');
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const colours = /\u001b\[(1|2|22|31|36|39)m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

describe('output', () => {
  const wild = ['\u001b', ']52;c;aGk=\u0007', '\u001b[', '2J', '\u202egnp.exe', '\u009b31m', '😀 done\n'];

  test('C02 a reader that goes away ends it quietly, and the turn goes on', async () => {
    provider.inTurn({ text: ['first\n', ...Array.from({ length: 2000 }, () => `${'x'.repeat(99)}\n`)] });
    const running = begin(server, ['chat', '--text', 'go', '--conversation', 'head']);
    await running.said('first');
    running.child.stdout?.destroy();
    expect(await running.ended).toMatchObject({ code: 0, err: '' });
    expect((await run(server, ['read', 'head', '--last'])).out.length).toBeGreaterThan(200_000);
  });

  test('C03 has no control bytes in a pipe, and with --json every line is a value that means the same', async () => {
    provider.inTurn({ text: wild });
    const plain = await run(server, ['chat', '--text', 'go'], { env: { NO_COLOR: '1', FORCE_COLOR: '1' } });
    expect(plain).toMatchObject({ code: 0, err: '' });
    expect(plain.out).not.toMatch(controls);
    expect(plain.out).toContain('\\x1b]52;c;aGk=\\x07\\x1b[2J');
    const json = await run(server, ['chat', '--text', 'go', '--json']);
    expect(json.out).not.toMatch(controls);
    const events = json.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.flatMap(({ type, delta }) => (type === 'text-delta' ? [delta] : [])).join('')).toBe(wild.join(''));
    expect(events.at(-1).type).toBe('turn-sealed');
  });

  onTerminal('C04 what could steer a terminal is spelt out on it, also when it comes in pieces', async () => {
    provider.inTurn({ text: wild });
    const { code, out } = await runOnTerminal(server, ['chat', '--text', 'go', '--conversation', 'wild']);
    expect(code).toBe(0);
    const bare = uncoloured(out);
    expect(bare).toMatch(/^\\x1b\]52;c;aGk=\\x07\\x1b\[2J\\u202egnp\.exe\\x9b31m😀 done\n\[usage\] /);
    expect(bare).not.toMatch(controls);
    const again = await runOnTerminal(server, ['read', 'wild']);
    expect(uncoloured(again.out)).not.toMatch(controls);
    expect((await runOnTerminal(server, ['list'])).out).not.toContain('\u001b');
  });

  onTerminal('C10 fits a terminal of 20 columns', async () => {
    const narrow = { columns: 20, env: { NO_COLOR: '1' } };
    for (const row of (await runOnTerminal(server, ['list', '--all'], narrow)).out.trimEnd().split('\n'))
      expect(row.length).toBeLessThanOrEqual(20);
    for (const args of [['--help'], ['queue'], ['models'], ['chat', '--text', 'hi', '--conversation', 'narrow']])
      expect((await runOnTerminal(server, args, narrow)).out).not.toBe('');
  });
});

describe('C07 signals', () => {
  onTerminal('Ctrl-C stops the turn, waits until it is sealed, and ends with 130', async () => {
    provider.inTurn(slow);
    const running = beginOnTerminal(server, ['chat', '--text', 'go', '--conversation', 'once']);
    await running.said('word 3');
    running.child.stdin?.write('\u0003');
    const { code, out } = await running.ended;
    expect({ code, end: out.includes('stopping the turn') }).toEqual({ code: 130, end: true });
    expect(out).toContain('[conversation]');
    expect(await status('once')).toMatchObject({ isActive: false, status: 'idle' });
  });

  test('the first interrupt stops the turn', async () => {
    provider.inTurn(slow);
    const running = begin(server, ['chat', '--text', 'go', '--conversation', 'int']);
    await running.said('word 3');
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130, err: 'stopping the turn; Ctrl-C again quits at once\n' });
    expect((await status('int')).isActive).toBe(false);
  });

  test('the second quits at once', async () => {
    let release = (): void => undefined;
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    provider.inTurn({ hold });
    const running = begin(server, ['chat', '--text', 'go', '--conversation', 'twice', '--json']);
    await running.said('turn-start');
    server.process.kill('SIGSTOP'); // a server that does not answer the stop
    running.child.kill('SIGINT');
    await running.said('Ctrl-C again');
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    server.process.kill('SIGCONT');
    release();
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s ends it with 143 and leaves the turn running', async (signal) => {
    provider.inTurn(slow);
    const id = `left-${signal}`;
    const running = begin(server, ['chat', '--text', 'go', '--conversation', id]);
    await running.said('word 3');
    running.child.kill(signal);
    expect((await running.ended).code).toBe(143);
    expect((await status(id)).isActive).toBe(true);
    expect((await run(server, ['stop', id])).out).toBe(`stopped ${id}\n`);
  });
});

describe('what the surroundings lack', () => {
  test('C10 no home, no terminal type, an odd locale', async () => {
    const odd: Record<string, string>[] = [{ HOME: '' }, { TERM: '' }, { LC_ALL: 'xx_YY.odd', LANG: 'C' }];
    for (const env of odd) {
      expect((await run(server, ['models'], { env })).code).toBe(0);
      expect((await run(server, ['config', 'show', 'http'], { env })).code).toBe(0);
    }
  });

  test('C10 a configuration folder and a working directory that cannot be written', async () => {
    provider.inTurn({ text: ['ok'] });
    const home = join(server.cwd, 'sealed');
    mkdirSync(join(home, '.config/dispatch'), { recursive: true });
    for (const path of [join(home, '.config/dispatch'), home]) chmodSync(path, 0o555);
    for (const args of [['models'], ['config', 'path'], ['token'], ['chat', '--text', 'hi']])
      expect((await run(server, args, { env: { HOME: home }, cwd: home })).code).toBe(0);
    chmodSync(home, 0o755);
  });

  test('C06 and C08 nothing is sent when the command line is wrong or holds a key', async () => {
    const before = await server.get<ConversationsAnswer>('/conversations');
    const wrong = [
      [['chat', '--text', 'hi', '--effort', 'banana'], 'must be one of'],
      [['mock-1', '--text', 'hi'], 'unknown command'],
      [['chat', '--text', '-x'], '--text=-'],
      [['chat', '--text', 'hi', '--api-key', 'sk-0123456789'], 'process list'],
    ] as const;
    for (const [args, words] of wrong) {
      const { code, out, err } = await run(server, args);
      expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringContaining(words) });
      expect(err).not.toContain('sk-0123456789');
    }
    expect(await server.get('/conversations')).toEqual(before);
  });

  test('a server that dies under a turn is said so, with how to read the rest', async () => {
    const dying = await RealServer.start({ providerUrl: provider.baseUrl });
    provider.inTurn(slow);
    const running = begin(dying, ['chat', '--text', 'go', '--conversation', 'cut']);
    await running.said('word 3');
    await dying.kill();
    const { code, out, err } = await running.ended;
    expect({ code, id: out.endsWith('[conversation] cut\n') }).toEqual({ code: 1, id: true });
    expect(err).toContain('see "dispatch read cut" when the server answers again');
    expect(await run(dying, ['models'])).toMatchObject({ code: 3, err: expect.stringContaining('dispatch-server') });
  });

  test('a server that wants a token gets that of the same user, and a new one lets nobody in by the old', async () => {
    const guarded = await RealServer.start({ env: { DISPATCH_AUTH: 'token' } });
    const elsewhere = { DISPATCH_DATA_DIR: join(guarded.cwd, 'elsewhere') };
    expect(await run(guarded, ['models'], { env: elsewhere })).toMatchObject({
      code: 1,
      err: expect.stringContaining('Set DISPATCH_TOKEN'),
    });
    expect((await run(guarded, ['models'])).code).toBe(0);
    const old = (await run(guarded, ['token', '--show'])).out.trim();
    expect((await run(guarded, ['models'], { env: { DISPATCH_TOKEN: old } })).code).toBe(0);
    const rotated = await run(guarded, ['token', 'rotate']);
    expect(rotated).toMatchObject({ code: 0, out: `there is a new token in ${join(guarded.dataDir, 'token')}\n`, err: '' });
    expect(await run(guarded, ['models'], { env: { DISPATCH_TOKEN: old } })).toMatchObject({ code: 1 });
    expect((await run(guarded, ['chat', '--text', 'hi'])).code).toBe(0);
    expect((await run(guarded, ['launch'])).out).toMatch(/^http:\S+\/launch\?code=\S+\n$/);
    await guarded.stop();
  });
});
