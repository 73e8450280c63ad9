import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Config, Secrets, ToolAnswer } from 'dispatch/kernel';
import { quietLogger } from 'dispatch/testing';
import { buildSync } from 'esbuild';
import { ShellTool } from './shell-tool.js';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'tool-shell-')));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const config: Config = {
  value: () => undefined,
  text: () => join(base, 'data'),
  number: () => 0,
  flag: () => false,
  list: () => [],
};
const secrets = (extra: Record<string, string> = {}): Secrets => ({
  add: () => {},
  mask: (text) => text,
  withoutSecrets: (environment) => {
    const open = Object.entries(environment).filter(([name]) => !/KEY|TOKEN/.test(name));
    return { ...(Object.fromEntries(open) as Record<string, string>), ...extra };
  },
});
const shell = (environment?: Record<string, string>) => new ShellTool(config, secrets(environment), quietLogger());

interface Options {
  timeout?: number;
  signal?: AbortSignal;
  cwd?: string;
  tool?: ShellTool;
  output?: (data: string, stream: 'stdout' | 'stderr') => void;
}
const run = async (command: string, options: Options = {}): Promise<{ content: string; isError: boolean }> => {
  const answer: ToolAnswer = await (options.tool ?? shell()).execute(
    { command, timeout: options.timeout },
    {
      conversationId: 'c',
      turnId: 't',
      toolCallId: 'k',
      cwd: options.cwd ?? base,
      readableRoots: [],
      signal: options.signal ?? new AbortController().signal,
      output: options.output ?? (() => {}),
    },
  );
  return typeof answer === 'string' ? { content: answer, isError: false } : answer;
};
const fine = (content: string) => ({ content, isError: false });

/** The processes whose command line holds a word, without zombies. */
const alive = (word: string): string[] =>
  execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(word) && !line.startsWith('Z'));

/** Resolves when the file is there. */
const appears = async (path: string) => {
  while (!existsSync(path)) await wait(10);
};

describe('a command', () => {
  test('answers with both outputs as they came and its exit code', async () => {
    expect(await run('echo a; sleep 0.1; echo b >&2; sleep 0.1; echo c; exit 3')).toEqual(fine('a\nb\nc\n[exit code 3]'));
    expect(await run('true')).toEqual(fine('(no output)\n[exit code 0]'));
    expect(await run('printf open')).toEqual(fine('open\n[exit code 0]'));
    expect((await run('kill -9 $$')).content).toMatch(/\[exit code 137\]$/);
  });

  test('shows its output while it runs, each stream by name', async () => {
    const shown: [string, string][] = [];
    const done = run('echo out; while [ ! -e go ]; do sleep 0.02; done; echo err >&2', {
      output: (data, stream) => {
        shown.push([stream, data]);
        writeFileSync(join(base, 'go'), '');
      },
    });
    expect((await done).content).toBe('out\nerr\n[exit code 0]');
    expect(shown).toEqual([
      ['stdout', 'out\n'],
      ['stderr', 'err\n'],
    ]);
  });

  test('runs in the working directory and may open its outputs by name', async () => {
    expect(await run('pwd; sleep 0.1; echo oops > /dev/stderr; sleep 0.1; echo fine > /dev/stdout')).toEqual(
      fine(`${base}\noops\nfine\n[exit code 0]`),
    );
  });

  test('S04: finds its input at the end and no terminal', async () => {
    const { content } = await run('cat; read x; echo "read $?"; (exec </dev/tty) 2>/dev/null || echo no tty');
    expect(content).toBe('read 1\nno tty\n[exit code 0]');
  });

  test('may begin with a dash', async () => {
    expect((await run('-rf')).content).toMatch(/-rf: not found\n\[exit code 127\]$/);
  });

  test('S10: gets clean text: split characters whole, colours gone, progress settled', async () => {
    const live: string[] = [];
    const { content } = await run(
      "printf '\\303'; sleep 0.1; printf '\\251\\n'; printf '\\033[3'; sleep 0.1; printf '1mred\\033[0m\\n10%%\\r99%%\\r100%%\\n'",
      { output: (data) => live.push(data) },
    );
    expect(content).toBe('é\nred\n100%\n[exit code 0]');
    expect(live.join('')).toBe('é\nred\n10%\r99%\r100%\n');
  });
});

describe('what cannot be run', () => {
  test.each([
    ['  ', 'the command is empty; say what to run'],
    ['echo \0', 'the command holds a NUL character, which no command can'],
  ])('%j is refused', async (command, content) => expect(await run(command)).toEqual({ content, isError: true }));

  test('S08: a working directory that is gone, also when the command before took it away', async () => {
    const cwd = join(base, 'gone');
    mkdirSync(cwd);
    expect((await run('cd /; rmdir "$OLDPWD"; pwd', { cwd })).content).toBe('/\n[exit code 0]');
    expect(await run('pwd', { cwd })).toEqual({ content: expect.stringContaining('does not exist'), isError: true });
  });

  test('S08: no shell on the path, and a command too long for the system', async () => {
    expect(await run('pwd', { tool: shell({ PATH: '/none' }) })).toEqual({
      content: 'no shell: "sh" was not found on the PATH; nothing was run',
      isError: true,
    });
    expect(await run(`: ${'x'.repeat(200_000)}`)).toEqual({
      content: expect.stringContaining('too long for the system'),
      isError: true,
    });
  });
});

describe('S02: nothing survives', () => {
  const ways: [string, string][] = [
    ['in the background', 'sleep N & echo $!'],
    ['in a session of its own', 'setsid sleep N & echo'],
    ['with nohup', 'nohup sleep N >/dev/null 2>&1 & echo'],
    ['forked twice', '(setsid sh -c "sleep N & sleep N" >/dev/null 2>&1 &) ; echo'],
    ['deaf to SIGTERM', `setsid sh -c "trap '' TERM HUP INT; while :; do sleep N; done" & echo`],
    ['without its environment', 'env -i setsid sleep N & echo'],
    ['stopped', 'sleep N & kill -STOP $!; echo'],
  ];
  // No two sleeps alike, so that each is told from those of other tests.
  let number = 100_000 + process.pid;

  test.each(ways)('an abort: %s', async (_name, command) => {
    const nap = `sleep ${++number}`;
    const controller = new AbortController();
    const done = run(`${command.replaceAll('sleep N', nap)}; ${nap}`, {
      signal: controller.signal,
      output: () => setTimeout(() => controller.abort(), 50),
    });
    expect(await done).toEqual({ content: expect.stringMatching(/\[stopped before it had finished\]$/), isError: true });
    expect(alive(nap)).toEqual([]);
  });

  test.each(ways)('the end of its command: %s', async (_name, command) => {
    const nap = `sleep ${++number}`;
    expect((await run(command.replaceAll('sleep N', nap))).content).toMatch(/\[exit code 0\]$/);
    expect(alive(nap)).toEqual([]);
  });

  test('its timeout', async () => {
    const nap = `sleep ${++number}`;
    expect(await run(`setsid ${nap} & echo begun; ${nap}`, { timeout: 200 })).toEqual({
      // The shell may have time to say what became of its child.
      content: expect.stringMatching(/^begun\n(Terminated\n)?\[ended after the timeout of 200 ms; a longer one can be given]$/),
      isError: true,
    });
    expect(alive(nap)).toEqual([]);
  });

  test('forks faster than they are looked for', async () => {
    const nap = `sleep ${++number}`;
    const { content } = await run(`i=0; while [ $i -lt 60 ]; do setsid sh -c '${nap} & ${nap}' & i=$((i+1)); done; ${nap}`, {
      timeout: 300,
    });
    expect(content).toContain('timeout of 300 ms');
    expect(alive(nap)).toEqual([]);
  });

  test('stop() of the plugin, which then starts nothing any more', async () => {
    const nap = `sleep ${++number}`;
    const tool = shell();
    let begun = () => {};
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const done = run(`echo; ${nap}`, { tool, output: begun });
    await running;
    await tool.stop();
    expect((await done).isError).toBe(true);
    expect(alive(nap)).toEqual([]);
    expect((await run('pwd', { tool })).content).toMatch(/the server is stopping/);
  });

  test('a signal that is aborted already', async () => {
    expect((await run('sleep 5', { signal: AbortSignal.abort() })).isError).toBe(true);
  });
});

describe('S03: a flood', () => {
  test.each([
    ['yes', 'yes'],
    ['noise', 'cat /dev/urandom'],
    ['one endless line', "yes | tr -d '\\n'"],
  ])(
    'of %s stays small, leaves the server awake and can be stopped',
    async (_name, command) => {
      const before = process.memoryUsage.rss();
      const controller = new AbortController();
      let ticks = 0;
      const ticking = setInterval(() => ++ticks === 100 && controller.abort(), 10);
      let live = 0;
      const { content } = await run(command, { signal: controller.signal, output: (data) => (live += data.length) });
      clearInterval(ticking);
      expect(ticks).toBeGreaterThanOrEqual(100);
      expect(content.length).toBeLessThan(1_100_000);
      expect(content).toContain('characters of output left out');
      expect(live).toBeLessThan(1_200_000);
      expect(process.memoryUsage.rss() - before).toBeLessThan(150_000_000);
    },
    30_000,
  );

  test('of a gigabyte comes to its end with beginning and end kept', async () => {
    const { content } = await run('echo first; head -c 1000000000 /dev/zero | tr "\\0" x; echo; echo last');
    expect(content.startsWith('first\nxxx')).toBe(true);
    expect(content.endsWith('xxx\nlast\n[exit code 0]')).toBe(true);
    expect(content.length).toBeLessThan(1_100_000);
  }, 60_000);
});

describe('the server', () => {
  test('S06: is not the parent of a command: ending that one ends the command only', async () => {
    expect((await run('kill -9 $PPID; sleep 30')).content).toMatch(/\[ended by SIGKILL\]$/);
    expect((await run('ps -o pgid= -p $$ | tr -d " "')).content).not.toBe(
      `${execFileSync('ps', ['-o', 'pgid=', '-p', String(process.pid)], { encoding: 'utf8' }).trim()}\n[exit code 0]`,
    );
  });

  /** A server in miniature: the tool in a process of its own. */
  const server = async (environment: Record<string, string>, command: string) => {
    const file = join(base, 'server.mjs');
    if (!existsSync(file)) {
      writeFileSync(
        join(base, 'entry.ts'),
        `import 'reflect-metadata';
        import { ShellTool } from ${JSON.stringify(join(process.cwd(), 'plugins/tool-shell/shell-tool.ts'))};
        const config = { text: () => process.env.DATA, value() {}, number: () => 0, flag: () => false, list: () => [] };
        const secrets = { add() {}, mask: (t) => t, withoutSecrets: (e) => Object.fromEntries(Object.entries(e).filter(([n]) => !/KEY/.test(n))) };
        const logger = { debug() {}, info() {}, warn: (m) => console.log('warn ' + m), error() {}, child: () => logger };
        const tool = new ShellTool(config, secrets, logger);
        await tool.start();
        const answer = await tool.execute({ command: process.argv[2] }, { cwd: process.cwd(), readableRoots: [], signal: new AbortController().signal, output() {} });
        console.log(answer.content, process.env.MY_KEY);`,
      );
      buildSync({
        entryPoints: [join(base, 'entry.ts')],
        outfile: file,
        bundle: true,
        platform: 'node',
        format: 'esm',
        nodePaths: [join(process.cwd(), 'node_modules')],
        alias: { 'dispatch/kernel': join(process.cwd(), 'kernel/index.ts') },
        tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
        banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      });
    }
    const env = { PATH: process.env.PATH, DATA: join(base, 'data'), ...environment };
    return spawn(process.execPath, [file, command], { cwd: base, env, stdio: ['ignore', 'pipe', 'inherit'] });
  };
  const said = async (child: Awaited<ReturnType<typeof server>>) => {
    let text = '';
    child.stdout.on('data', (data) => (text += data));
    await once(child, 'close');
    return text;
  };

  test('S07: keeps its secrets: not in the environment of a command, nor in what it can read of the server', async () => {
    const look = 'env; cat /proc/$PPID/environ; cat /proc/$(ps -o ppid= -p $PPID | tr -d " ")/environ';
    const text = await said(await server({ MY_KEY: 'sk-very-secret', PLAIN: 'visible-value' }, look));
    expect(text.match(/visible-value/g)?.length).toBe(3);
    // The last word is the server's own: it can still read its key.
    expect(text.replaceAll('\0', '\n').match(/sk-very-secret/g)?.length).toBe(1);
    expect(text.trimEnd().endsWith('sk-very-secret')).toBe(true);
  });

  test('S11: that was killed leaves orphans to the next start, which ends them and nobody else', async () => {
    const nap = `sleep ${200_000 + process.pid}`;
    const file = join(base, 'begun');
    const first = await server({}, `setsid ${nap} & echo > begun; ${nap}`);
    await appears(file);
    const living = spawn('sleep', ['300001'], { env: { PATH: process.env.PATH, DISPATCH_TOOL_CALL: 'other.1.1.x' } });
    first.kill('SIGKILL');
    await once(first, 'exit');
    expect(alive(nap).length).toBeGreaterThan(0);
    const text = await said(await server({}, 'echo next'));
    expect(text).toMatch(/warn ended \d+ processes that commands of an earlier server/);
    expect(text).toContain('next\n[exit code 0]');
    expect(alive(nap)).toEqual([]);
    expect(living.exitCode).toBeNull();
    living.kill();
    await once(living, 'exit');
  });

  test('S11: leaves commands of a living server with the same data alone', async () => {
    const file = join(base, 'lives');
    const first = await server({}, 'echo > lives; while [ ! -e enough ]; do sleep 0.05; done; echo unharmed');
    const words = said(first);
    await appears(file);
    await said(await server({}, 'true'));
    writeFileSync(join(base, 'enough'), '');
    expect(await words).toContain('unharmed\n[exit code 0]');
  });
});

test('nothing is left in the temporary directory', async () => {
  const tmp = mkdtempSync(join(base, 'tmp-'));
  const { TMPDIR } = process.env;
  process.env.TMPDIR = tmp;
  await run('true');
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  expect(execFileSync('ls', ['-A', tmp], { encoding: 'utf8' })).toBe('');
});
