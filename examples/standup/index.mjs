import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const git = promisify(execFile);

/** `dispatch run standup [days]`: what was committed here lately. */
export default class Standup {
  static plugin = { id: 'standup', version: '1.0.0', engine: '^0.1.0', provides: 'dispatch.command[]', capabilities: ['processes'] };
  name = 'standup';
  description = 'Shows what was committed here in the last days';
  usage = '[days]';

  async run({ args: [days = '1'], cwd, signal, print }) {
    if (!/^[1-9]\d?$/.test(days)) throw new Error(`"${days}" is no number of days from 1 to 99`);
    const asked = ['log', `--since=${days} days ago`, '--format=%h %an: %s'];
    const { stdout } = await git('git', asked, { cwd, signal });
    for (const line of stdout.split('\n').filter(Boolean)) print(line);
    if (!stdout) print('nothing was committed');
  }
}
