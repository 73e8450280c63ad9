// npm run dev: builds after each change and starts the server anew.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { watch } from './build.mjs';

const server = fileURLToPath(new URL('../dist/apps/server/main.js', import.meta.url));
let child;
let ended = Promise.resolve();

await watch(async () => {
  if (child) {
    child.kill('SIGTERM');
    await ended;
  }
  child = spawn(process.execPath, ['--enable-source-maps', server, ...process.argv.slice(2)], { stdio: 'inherit' });
  ended = new Promise((resolve) => child.once('exit', resolve));
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    child?.kill(signal);
    ended.then(() => process.exit(0));
  });
}
