import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import type { CommandTree } from './command-tree.js';
import { killNow } from './kill-now.js';
import { runCommand } from './run-command.js';

/** The processes whose command line holds a word, without zombies. */
const alive = (word: string): string[] =>
  execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(word) && !line.startsWith('Z'));

test('everything a command has started is dead when it returns, however it hid; what is over is forgotten', async () => {
  const nap = `sleep ${700_000 + process.pid}`;
  const living = new Set<CommandTree>();
  let begun: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const ways = [
    `${nap} &`,
    `setsid ${nap} > /dev/null 2>&1 &`,
    `(setsid sh -c "${nap} & exit" &)`,
    `env -i setsid ${nap} &`,
    `trap '' TERM`,
  ];
  const run = runCommand({
    command: `${ways.join('\n')}\nsleep 0.3; echo begun; ${nap}; ${nap}`,
    cwd: '/',
    env: { PATH: process.env.PATH as string, DISPATCH_TOOL_CALL: `mark-${process.pid}` },
    ...{ mark: `mark-${process.pid}`, timeoutMs: 60_000, signal: new AbortController().signal, show: begun, living },
  });
  await ready;
  expect(alive(nap).length).toBeGreaterThanOrEqual(5);
  killNow(living);
  expect(alive(nap)).toEqual([]);
  expect((await run).ending).toMatchObject({ kind: 'signal' });
  expect(living.size).toBe(0);
  killNow(living);
});
