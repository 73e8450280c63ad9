import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RealServer } from './real-server.fixture.js';
import { type Reply, ScriptedProvider } from './scripted-provider.fixture.js';

let provider: ScriptedProvider;
let server: RealServer;
/** This server's only: others may run on the machine. */
const key = `sk-tools-${process.pid}-0123456789`;

beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  server = await RealServer.start({ providerUrl: provider.baseUrl, env: { DISPATCH_API_KEY: key } });
});
afterAll(async () => {
  await server.stop();
  await provider.close();
});

let serial = 0;
const fresh = () => `tools-${++serial}`;
const call = (name: string, args: unknown): Reply => ({ calls: [{ name, args }] });
const shell = (command: string, timeout?: number) => call('run_shell', { command, timeout });

/** Lets a model make these calls, one a step, and answers what it was shown of each result. */
async function results(calls: Reply[], conversationId = fresh(), seen?: Parameters<RealServer['chat']>[1]): Promise<string[]> {
  provider.inTurn(...calls, { text: ['done'] });
  await server.chat({ conversationId, message: 'go' }, seen);
  const shown = provider.seen.at(-1)?.body.messages.filter(({ role }) => role === 'tool') ?? [];
  return shown.slice(-calls.length).map(({ content }) => String(content));
}
const result = async (reply: Reply, conversationId?: string) => (await results([reply], conversationId))[0] as string;

/** The processes whose command line holds a word, without zombies. */
const alive = (word: string): string[] =>
  execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(word) && !line.startsWith('Z'));
const appears = async (path: string) => {
  while (!existsSync(path)) await sleep(10);
};

describe('the file tools in a turn', () => {
  test('are offered, and work hand in hand: write, read, edit, run', async () => {
    expect(
      await results([
        call('write_file', { path: 'sum.sh', content: 'a=1\nb=2\necho $((a + b))\n' }),
        call('read_file', { path: 'sum.sh' }),
        call('edit_file', { path: 'sum.sh', oldString: 'b=2', newString: 'b=41' }),
        shell('sh sum.sh'),
      ]),
    ).toEqual([
      'wrote sum.sh: 24 bytes',
      '1: a=1\n2: b=2\n3: echo $((a + b))',
      'edited sum.sh: 1 place\n@@ -1,3 +1,3 @@\n a=1\n-b=2\n+b=41\n echo $((a + b))',
      '42\n[exit code 0]',
    ]);
    const offered = provider.seen[0]?.body.tools?.map((tool) => tool.function.name);
    expect(offered).toEqual(expect.arrayContaining(['edit_file', 'read_file', 'run_shell', 'write_file']));
  });

  test('F05 F06: what does not fit is answered with what would be right', async () => {
    writeFileSync(join(server.cwd, 'fit.txt'), 'same\nsame\n\tother\n');
    const edit = (oldString: string) => call('edit_file', { path: 'fit.txt', oldString, newString: 'x' });
    const said = await results([
      edit('same'),
      edit('    other'),
      edit(''),
      call('write_file', { path: 'fit.txt', content: '' }),
      call('write_file', { path: 'none/fit.txt', content: '' }),
    ]);
    expect(said).toEqual([
      expect.stringContaining('oldString occurs 2 times, in lines 1, 2'),
      expect.stringContaining('differs from the file in white space only'),
      expect.stringContaining('oldString is empty'),
      expect.stringContaining('exists already (17 bytes); set overwrite=true'),
      expect.stringContaining('the folder none does not exist'),
    ]);
    expect(readFileSync(join(server.cwd, 'fit.txt'), 'utf8')).toBe('same\nsame\n\tother\n');
  });

  test('F09: two turns that edit one file: the second gets a conflict and can go on after reading again', async () => {
    writeFileSync(join(server.cwd, 'shared.txt'), 'one\ntwo\n');
    const [a, b] = [fresh(), fresh()];
    const read = call('read_file', { path: 'shared.txt' });
    const edit = (oldString: string) => call('edit_file', { path: 'shared.txt', oldString, newString: `${oldString}!` });
    await results([read], a);
    expect(await results([read, edit('one')], b)).toEqual([expect.any(String), expect.stringMatching(/^edited/)]);
    expect(await results([edit('two'), read, edit('two')], a)).toEqual([
      expect.stringMatching(/^conflict: shared\.txt was changed by somebody else/),
      '1: one!\n2: two',
      expect.stringMatching(/^edited/),
    ]);
    expect(readFileSync(join(server.cwd, 'shared.txt'), 'utf8')).toBe('one!\ntwo!\n');
  });

  test('F01 F02 F10: nothing outside, nothing secret, neither read nor written', async () => {
    mkdirSync(join(server.cwd, '.git/hooks'), { recursive: true });
    writeFileSync(join(server.cwd, '.env'), 'SECRET=1');
    symlinkSync('/etc', join(server.cwd, 'etc'));
    const said = await results([
      call('read_file', { path: '../x' }),
      call('read_file', { path: 'etc/passwd' }),
      call('read_file', { path: '.env' }),
      call('write_file', { path: '/tmp/dispatch-escape', content: 'x' }),
      call('write_file', { path: 'etc/dispatch-escape', content: 'x' }),
      call('write_file', { path: '.git/hooks/pre-commit', content: 'x' }),
      call('edit_file', { path: 'etc/passwd', oldString: 'root', newString: 'x' }),
      call('edit_file', { path: '.env', oldString: '1', newString: '2' }),
    ]);
    expect(said.map((text) => /outside the working directory|often holds secrets/.exec(text)?.[0])).toEqual([
      ...['outside the working directory', 'outside the working directory', 'often holds secrets', 'outside the working directory'],
      ...['outside the working directory', 'often holds secrets', 'outside the working directory', 'often holds secrets'],
    ]);
    expect([existsSync('/tmp/dispatch-escape'), existsSync('/etc/dispatch-escape')]).toEqual([false, false]);
  });

  test('F04: binary and huge files are refused, not poured out', async () => {
    writeFileSync(join(server.cwd, 'binary'), Buffer.from([1, 2, 0, 3]));
    execFileSync('truncate', ['-s', '2G', join(server.cwd, 'huge')]);
    const [binary, huge, edited] = await results([
      call('read_file', { path: 'binary' }),
      call('read_file', { path: 'huge' }),
      call('edit_file', { path: 'huge', oldString: 'a', newString: 'b' }),
    ]);
    expect(binary).toContain('binary file (4 bytes');
    expect(huge).toContain('binary file (2,147,483,648 bytes');
    expect(edited).toContain('files over 10,485,760 bytes are not edited');
  });
});

describe('run_shell in a turn', () => {
  test('S03: a long output is cut for the model and kept whole in a file that read_file reads', async () => {
    const conversationId = fresh();
    const cut = await result(shell('seq 1 40000'), conversationId);
    expect(cut.length).toBeLessThan(51_000);
    const file = /The whole result is in (\S+); read_file reads it/.exec(cut)?.[1];
    expect(file).toBeDefined();
    expect(await result(call('read_file', { path: file, offset: 20_000, limit: 1 }), conversationId)).toMatch(/^20000: 20000\n/);
    // Another conversation may not.
    expect(await result(call('read_file', { path: file }))).toMatch(/outside the working directory|may not look into/);
  });

  test('S03: a flood leaves the server awake', async () => {
    let answered = 0;
    const asking = (async () => {
      for (let i = 0; i < 10; i++) {
        await sleep(100);
        if ((await fetch(`${server.url}/health`)).status === 200) answered++;
      }
    })();
    const said = await result(shell('yes', 1500));
    await asking;
    expect(answered).toBe(10);
    expect(said).toContain('ended after the timeout of 1500 ms');
    expect(said.length).toBeLessThan(51_000);
  });

  test('S04: there is no input and no terminal to wait for', async () => {
    const ask = 'cat; read -r x; (exec < /dev/tty) 2>&1 | grep -c /dev/tty; git credential fill < /dev/null > /dev/null 2>&1; echo end';
    expect(await result(shell(ask))).toBe('1\nend\n[exit code 0]');
  });

  test('S02: a stopped turn leaves no process behind, however it hid', async () => {
    const nap = `sleep ${400_000 + process.pid}`;
    const hidden = [
      `${nap} &`,
      `setsid ${nap} &`,
      `nohup ${nap} > /dev/null 2>&1 &`,
      `(setsid sh -c '${nap} & ${nap}' &)`,
      `setsid sh -c "trap '' TERM; ${nap}; ${nap}" &`,
    ];
    const conversationId = fresh();
    let stopping: Promise<unknown> | undefined;
    await results([shell(`${hidden.join(' ')} echo begun; ${nap}`)], conversationId, (event) => {
      if (event.type === 'tool-output') stopping ??= server.post(`/conversations/${conversationId}/stop`);
    });
    await stopping;
    expect(alive(nap)).toEqual([]);
  });

  test('S06: a command that ends its parent ends itself only', async () => {
    expect(await result(shell('kill -9 $PPID; sleep 5'))).toContain('ended by SIGKILL');
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  test('S07: no process that a command can look at shows the server’s key: neither its environment nor its arguments', async () => {
    expect(readFileSync(`/proc/${server.process.pid}/environ`, 'latin1')).toContain('DISPATCH_BASE_URL=');
    // A pattern that does not match itself.
    const look = 'env; for p in /proc/[0-9]*; do cat $p/environ $p/cmdline; done 2> /dev/null | tr "\\0" "\\n"';
    expect(provider.seen[0]?.headers.authorization).toBe(`Bearer ${key}`);
    expect(await result(shell(`(${look}) | grep -c "[s]${key.slice(1)}"`))).toBe('0\n[exit code 1]');
    expect(await result(shell('cat /proc/$PPID/environ | tr "\\0" "\\n" | grep -c "^PATH="'))).toBe('1\n[exit code 0]');
  });

  test('S08: a working directory that goes while a command runs harms nothing', async () => {
    mkdirSync(join(server.cwd, 'brief'));
    expect(await result(shell('cd brief; rmdir ../brief; cd /; pwd'))).toBe('/\n[exit code 0]');
  });

  test('S10: colours, progress and split characters come as clean text', async () => {
    const command = "printf '\\033[32mok\\033[0m 1%%\\rok 100%%\\n\\303'; sleep 0.1; printf '\\251\\n'";
    expect(await result(shell(command))).toBe('ok 100%\né\n[exit code 0]');
  });

  test('S11: what a killed server leaves running is ended by its next start', async () => {
    const nap = `sleep ${500_000 + process.pid}`;
    const first = await RealServer.start({ providerUrl: provider.baseUrl });
    provider.inTurn(shell(`setsid ${nap} & echo > begun; ${nap}`));
    // Its stream breaks off, maybe before the process is known to have ended.
    const turn = first.chat({ conversationId: 'orphans', message: 'go' }).catch(() => []);
    await appears(join(first.cwd, 'begun'));
    await first.kill();
    await turn;
    expect(alive(nap).length).toBeGreaterThan(0);
    const next = await RealServer.start({ providerUrl: provider.baseUrl, dataDir: first.dataDir });
    while (alive(nap).length > 0) await sleep(20);
    while (!/ended \d+ processes that commands of an earlier server had left running/.test(next.output)) await sleep(20);
    await next.stop();
  });
});
