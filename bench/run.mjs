#!/usr/bin/env node
// npm run bench: measures the server against a bare relay, both in the same run. See README.md.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, watchNoise } from './machine.mjs';
import { startProvider } from './peers.mjs';
import { judged, table } from './report.mjs';

const measurements = {
  'first-delta': () => import('./measure-first-delta.mjs'),
  throughput: () => import('./measure-throughput.mjs'),
  'tool-steps': () => import('./measure-tool-steps.mjs'),
  start: () => import('./measure-start.mjs'),
  memory: () => import('./measure-memory.mjs'),
  growth: () => import('./measure-growth.mjs'),
  history: () => import('./measure-history.mjs'),
  sockets: () => import('./measure-sockets.mjs'),
  plugins: () => import('./measure-plugins.mjs'),
  soak: () => import('./measure-soak.mjs'),
};
const known = Object.keys(measurements);
const always = known.filter((name) => !['soak', 'history', 'plugins'].includes(name));
const root = fileURLToPath(new URL('..', import.meta.url));

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    minutes: { type: 'string', default: process.env.SOAK_MINUTES },
    json: { type: 'string' },
    dist: { type: 'string', default: join(root, 'dist') },
    strict: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    'self-test': { type: 'boolean', default: false },
    'node-flags': { type: 'string', default: '' },
  },
});

const chosen = flags.only?.split(',') ?? always;
for (const name of chosen) if (!known.includes(name)) fail(`There is no measurement "${name}"; --only takes: ${known.join(', ')}.`);

const dist = resolve(flags.dist);
if (!flags['self-test'] && !existsSync(join(dist, 'apps/server/main.js'))) {
  if (dist !== join(root, 'dist')) fail(`There is no built server in ${dist}; build one with: node scripts/build.mjs ${dist}`);
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) fail('The build failed; correct what it says above.');
}

// whoever ends the bench ends the servers, too (peers.mjs)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const { quick } = flags;
const minutes = flags.minutes === undefined ? undefined : Number(flags.minutes);
if (minutes !== undefined && !(minutes > 0)) fail(`--minutes (or SOAK_MINUTES) takes a number above 0, not "${flags.minutes}".`);
const folder = mkdtempSync(join(tmpdir(), 'dispatch-bench-'));
const settings = {
  ...{ folder, dist, quick, minutes, provider: await startProvider(), nodeFlags: flags['node-flags'].split(' ').filter(Boolean) },
  // the relay in the server's place: what comes out besides 1.00 × is the bench's own error
  alias: flags['self-test'] ? { dispatch: 'relay' } : {},
  ...(quick ? { rounds: 2, turns: 10, warmUp: 20, settleMs: 500 } : { rounds: 5, turns: 50, warmUp: 50, settleMs: 2000 }),
};

const rows = [];
try {
  for (const name of chosen) {
    process.stderr.write(`${name} …\n`);
    const { measure } = await measurements[name]();
    const noise = watchNoise();
    const measured = await measure(settings);
    const foreign = noise();
    rows.push(...measured.map((row) => judged({ measurement: name, ...row }, foreign)));
  }
} catch (thrown) {
  process.stderr.write(`${thrown.stack}\n`);
  process.exitCode = 3;
} finally {
  if (flags.keep) process.stderr.write(`kept: ${folder}\n`);
  else rmSync(folder, { recursive: true, force: true });
}

const about = { when: new Date().toISOString(), ...machine(), quick, rounds: settings.rounds };
if (flags['self-test']) process.stdout.write('Self-test: "dispatch" is the relay a second time.\n\n');
process.stdout.write(`${table(rows)}\n\n`);
process.stdout.write(`${about.cores} × ${about.cpu}, Node ${about.node}, ${about.when}. `);
process.stdout.write(
  'Medians of rounds (least–greatest); ratio = median of the ratios of paired rounds; others = CPU of the machine used by others.\n',
);
if (rows.some(({ foreign }) => foreign > 20))
  process.stdout.write('Others used over 20 % of the machine in places: trust only the ratios there.\n');
if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ ...about, rows }, null, 1)}\n`);
process.exit(process.exitCode ?? (flags.strict && rows.some(({ met }) => met === false) ? 1 : 0));

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}
