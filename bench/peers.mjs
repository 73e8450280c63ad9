// The servers that are measured, each a process of its own in a folder of its own.
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask } from './client.mjs';
import { now, sleep } from './clock.mjs';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const running = new Set();
let folders = 0;

// whatever ends the bench ends what it started
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts the provider and answers its address. */
export async function startProvider() {
  const child = spawn(process.execPath, [file('provider.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const port = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(Number(data))));
  return `http://127.0.0.1:${port}`;
}

/** How to start each peer. `settings`: provider address, folder for everything, dist folder, extra node flags. */
export const peers = {
  relay: ({ provider }, { port }) => [[file('relay.mjs'), `${provider}/v1`, String(port)], {}],
  dispatch: ({ provider, dist, nodeFlags }, { port, socketPort, data }) => [
    [...nodeFlags, join(dist, 'apps/server/main.js')],
    {
      BACKEND_PORT: String(port),
      SURFACE_WS_PORT: String(socketPort),
      DISPATCH_BASE_URL: `${provider}/v1`,
      DISPATCH_API_KEY: 'bench-key',
      DISPATCH_MODEL: 'mock-1',
      DISPATCH_DATA_DIR: data,
    },
  ],
};

/** A fresh folder with a start directory, a home and a place for data. */
export function freshFolder({ folder }) {
  const at = join(folder, String(++folders));
  for (const name of ['work', 'home']) mkdirSync(join(at, name), { recursive: true });
  writeFileSync(join(at, 'work/bench.txt'), Array.from({ length: 60 }, (_, index) => `line ${index + 1} of the bench file\n`).join(''));
  return at;
}

/** Starts a peer; ready when /health answers 200 for the first time, `readyMs` after the spawn. */
export async function startPeer(name, settings, at = freshFolder(settings)) {
  const [port, socketPort] = [await freePort(), await freePort()];
  const [args, env] = peers[settings.alias?.[name] ?? name](settings, { port, socketPort, data: join(at, 'data') });
  const log = join(at, 'log.txt');
  const output = openSync(log, 'a');
  const spawned = now();
  const child = spawn(process.execPath, args, {
    cwd: join(at, 'work'),
    env: { PATH: process.env.PATH, HOME: join(at, 'home'), LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', output, output],
  });
  running.add(child);
  const exited = new Promise((resolve) => child.once('exit', resolve)).then(() => running.delete(child));
  const url = `http://127.0.0.1:${port}`;
  while (!(await healthy(url))) {
    if (child.exitCode !== null || now() - spawned > 60_000)
      throw new Error(`${name} did not start; it said:\n${readFileSync(log, 'utf8')}`);
    await sleep(2);
  }
  const readyMs = now() - spawned;
  const stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    await Promise.race([exited, sleep(20_000).then(() => child.kill('SIGKILL'))]);
    await exited;
  };
  return { name, url, provider: settings.provider, pid: child.pid, readyMs, folder: at, stop };
}

const healthy = (url) =>
  ask(`${url}/health`).then(
    ({ status }) => status === 200,
    () => false,
  );

/** A port that nobody listens on just now. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
