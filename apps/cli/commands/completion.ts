import { usageError } from '../cli-error.js';
import { scripts, shells } from '../completion/script.js';
import { jsonLine } from '../terminal/safe-text.js';
import type { Command } from './command.js';

/** `dispatch completion [bash|zsh]`: a script that teaches a shell our words, ids and models. */
export const completion: Command = {
  name: 'completion',
  add: (line, runs) =>
    line.command(
      'completion [shell]',
      'Print a script for shell completion; the shell is $SHELL when not named',
      (own) => own.positional('shell', { choices: shells, describe: 'Whose script' }),
      runs(async ({ shell: named }, { screen }) => {
        const shell = named ?? shells.find((each) => process.env.SHELL?.endsWith(`/${each}`));
        if (!shell) throw usageError(`say for which shell: dispatch completion ${shells.join('|')}`);
        const text = scripts[shell];
        if (screen.json) return screen.raw(jsonLine({ shell, script: text }));
        screen.text(text);
      }),
    ),
};
