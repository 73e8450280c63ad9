import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ChatEvent, PluginsAnswer } from 'dispatch/wire';
import { folder, freePort, root, serverFile } from './real-server.fixture.js';

/** What the server cannot be without, and the words by which it says so when it ends. */
const pillars: Readonly<Record<string, RegExp>> = {
  access: /needs dispatch\.authentication, which no plugin provides/,
  'conversation-store': /needs dispatch\.conversations, which no plugin provides/,
  'credential-store': /needs dispatch\.models, which no plugin provides/,
  'session-orchestrator': /needs dispatch\.turns, which no plugin provides/,
  'storage-sqlite': /needs dispatch\.database, which no plugin provides/,
  'transport-http': /needs dispatch\.(http-server|access-check), which no plugin provides/,
};
const built = dirname(dirname(dirname(serverFile)));
const bundled = readdirSync(join(built, 'plugins')).filter((name) => existsSync(join(built, 'plugins', name, 'index.js')));
const copy = folder('build');
const aside = folder('aside');

beforeAll(() => {
  cpSync(built, copy, { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => {
  for (const path of [copy, aside]) rmSync(path, { recursive: true });
});

interface Run {
  url: string;
  /** All that was said. */
  end(): Promise<{ code: number | null; output: string }>;
  ended: Promise<number | null>;
}

async function run(): Promise<Run> {
  const home = folder('home');
  const port = await freePort();
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    BACKEND_PORT: String(port),
    SURFACE_WS_PORT: '0',
    DISPATCH_DATA_DIR: join(home, 'data'),
  };
  const child = spawn(process.execPath, [join(copy, 'apps/server/main.js')], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const end = async () => {
    child.kill('SIGTERM');
    const code = await ended;
    rmSync(home, { recursive: true });
    return { code, output };
  };
  return { url: `http://127.0.0.1:${port}`, ended, end };
}

const healthy = async ({ url }: Run): Promise<true> => {
  for (;;) {
    if ((await fetch(`${url}/health`).catch(() => undefined))?.status === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** Runs without a plugin's folder, and puts that back. */
async function without<T>(name: string, look: (server: Run) => Promise<T>): Promise<T> {
  renameSync(join(copy, 'plugins', name), join(aside, name));
  try {
    return await look(await run());
  } finally {
    renameSync(join(aside, name), join(copy, 'plugins', name));
  }
}

test.each(bundled.filter((name) => !Object.hasOwn(pillars, name)))(
  'without %s the rest runs, and a turn ends as it should',
  async (name) => {
    await without(name, async (server) => {
      expect(await Promise.race([healthy(server), server.ended])).toBe(true);
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${server.url}/chat`, { method: 'POST', headers, body: JSON.stringify({ message: 'read README.md' }) });
      const events = (await answer.text()).trim().split('\n');
      expect((JSON.parse(events.at(-1) as string) as ChatEvent).type).toBe('turn-sealed');
      const { plugins = [] } = (await (await fetch(`${server.url}/plugins`)).json()) as Partial<PluginsAnswer>;
      const down = plugins.filter(({ state }) => state !== 'active');
      expect(down.map(({ reason }) => reason)).toEqual(
        down.map(() =>
          expect.stringMatching(/needs dispatch\.[\w-]+, (which no plugin provides|and ".*", which provides it, did not start)/),
        ),
      );
      expect((await server.end()).code).toBe(0);
    });
  },
);

test.each(Object.entries(pillars))('without %s nothing is served, and it is said what is missing', async (name, words) => {
  await without(name, async (server) => {
    expect(await server.ended).toBe(1);
    expect((await server.end()).output).toMatch(words);
  });
});

test('the kernel knows no plugin by its name', () => {
  const files = readdirSync(join(root, 'kernel'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^(?!.*\.(test|types|fixture)\.ts$).*\.ts$/.test(file),
  );
  const text = files.map((file) => readFileSync(join(root, 'kernel', file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')).join('\n');
  expect(bundled.filter((name) => name.includes('-') && text.includes(name))).toEqual([]);
});
