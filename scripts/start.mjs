// npm start: installs and builds what is missing, then runs the server in this process.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(`Dispatch needs Node 20.19 or newer; this is ${process.version}.`);

const say = (text) => process.stderr.write(`${text}\n`);

if (!existsSync(join(root, 'node_modules', '.package-lock.json'))) {
  say('Installing the libraries (once; where no ready-made SQLite fits this machine it is compiled, which takes a minute or two) …');
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', [
    'ci',
    '--no-audit',
    '--no-fund',
    ...(process.env.NODE_ENV === 'production' ? ['--omit=dev'] : []),
  ]);
}
const server = join(root, 'dist/apps/server/main.js');
if (!existsSync(server) || newest(['kernel', 'plugins', 'apps', 'config', 'scripts', 'package.json']) > statSync(server).mtimeMs) {
  say('Building …');
  run(process.execPath, [join(root, 'scripts/build.mjs')]);
}
await import('../dist/apps/server/main.js');

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0)
    fail(
      `"${[command, ...args].join(' ')}" failed${error ? `: ${error.message}` : ''}. Correct what it says above and run npm start again.`,
    );
}

function newest(paths) {
  let latest = 0;
  for (const path of paths.map((each) => join(root, each))) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) continue;
    const time = found.isDirectory()
      ? newest(
          readdirSync(path)
            .filter((name) => name !== 'node_modules')
            .map((name) => join(path.slice(root.length), name)),
        )
      : found.mtimeMs;
    latest = Math.max(latest, time);
  }
  return latest;
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
