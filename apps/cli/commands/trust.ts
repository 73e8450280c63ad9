import { resolve } from 'node:path';
import { exitCodes, failure, usageError } from '../cli-error.js';
import type { TrustAnswer } from '../client.js';
import { agreed, canAsk } from '../terminal/agreed.js';
import { jsonLine, safeLine } from '../terminal/safe-text.js';
import type { Screen } from '../terminal/screen.js';
import type { Bench, Command } from './command.js';

interface Flags {
  dir?: string;
  yes?: boolean;
  list?: boolean;
  revoke?: boolean;
}

/** `dispatch trust [dir]`: shows what a directory would have run, and asks on a terminal whether it may. */
export const trust: Command = {
  name: 'trust',
  add: (line, runs) =>
    line.command(
      'trust [dir]',
      'Show what a directory would have run, and let it',
      (own) =>
        own
          .positional('dir', { type: 'string', describe: 'The directory; this one when not given' })
          .option('yes', { type: 'boolean', describe: 'Do not ask' })
          .option('list', { type: 'boolean', conflicts: ['yes', 'revoke'], describe: 'Show only' })
          .option('revoke', { type: 'boolean', conflicts: 'yes', describe: 'Take it back, all of it' }),
      runs((flags, bench) => run(flags, bench)),
    ),
};

async function run({ dir = '.', yes = false, list = false, revoke = false }: Flags, { client, screen, end }: Bench): Promise<void> {
  // Whoever owns the directory decides, not the model whose command this is.
  if (!list && !revoke && process.env.DISPATCH_TOOL_CALL !== undefined)
    throw failure('a command that a model runs gives no trust; do it on a terminal of your own');
  const directory = resolve(dir);
  if (revoke) {
    const answer = await client.distrust(directory);
    return screen.json ? screen.raw(jsonLine(answer)) : screen.line(`nothing that ${answer.directory} brings is trusted any more`);
  }
  const answer = await client.brought(directory);
  const hashes = answer.files.flatMap((file) => (file.state === 'waiting' ? [file.hash] : []));
  if (screen.json) {
    if (!list && !yes) throw usageError('say --list or --yes: with --json nobody is asked');
    return screen.raw(jsonLine(list || hashes.length === 0 ? answer : await client.trust(answer.directory, hashes)));
  }
  show(answer, screen);
  if (list) return;
  if (hashes.length === 0) return screen.note('nothing waits to be trusted');
  if (!yes && !canAsk()) throw usageError('this is no terminal, so nobody can be asked: look at what is shown with --list, then say --yes');
  if (!yes && !(await agreed(`Trust this in ${safeLine(answer.directory)}? [y/N] `))) {
    screen.note('nothing was trusted');
    return end(exitCodes.failed);
  }
  // The very contents that were shown: what has changed meanwhile is refused.
  await client.trust(answer.directory, hashes);
  screen.line(`trusted until it changes: ${hashes.length === 1 ? 'one file' : `${hashes.length} files`} of ${answer.directory}`);
}

function show({ directory, files, absent }: TrustAnswer, screen: Screen): void {
  if (files.length === 0 && absent.length === 0) screen.note(`${directory} brings nothing that would be run`);
  for (const file of files) {
    screen.line(`${safeLine(file.path)} (${file.kind})`, 'cyan', `[${file.state}]`);
    if (file.state === 'refused') screen.line(`  ${safeLine(file.reason)}`);
    else for (const each of file.summary) screen.line(`  ${safeLine(each)}`);
  }
  for (const { path, kind, hash } of absent)
    screen.line(`${safeLine(path)} (${kind}) with the content ${hash.slice(0, 12)}…, which is not there now`, 'dim', '[trusted]');
}
