import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Commands } from 'dispatch/contracts';
import { hostWith } from 'dispatch/testing';
import Standup from './index.mjs';

test('shows what was committed', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'standup-'));
  const git = (...args) =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], { cwd, stdio: 'ignore' });
  const host = await hostWith([Standup]);
  const [command] = host.get(Commands);
  const { signal } = new AbortController();
  const shown = [];
  const run = (...args) => command.run({ args, cwd, signal, print: (line) => shown.push(line) });
  git('init');
  git('commit', '--allow-empty', '-m', 'Tea for all');
  await run();
  assert.match(shown.join('\n'), /^\w+ Ada: Tea for all$/);
  await assert.rejects(run('many'), /no number of days/);
  await host.stop();
  rmSync(cwd, { recursive: true });
});
