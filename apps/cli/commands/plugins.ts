import type { PluginStatus } from 'dispatch/wire';
import { jsonLine } from '../terminal/safe-text.js';
import type { Bench, Command } from './command.js';

/** `dispatch plugins`: every plugin in start order, with what it provides and needs. */
export const plugins: Command = {
  name: 'plugins',
  add: (line, runs) =>
    line.command(
      'plugins',
      "List the server's plugins in start order",
      (own) => own,
      runs((_args, bench) => listPlugins(bench)),
    ),
};

export async function listPlugins({ client, screen }: Bench): Promise<void> {
  const answer = await client.plugins();
  if (screen.json) return screen.raw(jsonLine(answer));
  for (const each of answer.plugins) screen.line(row(each), each.state === 'failed' ? 'red' : undefined);
}

function row({ id, version, state, reason, provides, needs, loadMs }: PluginStatus): string {
  const parts = [
    version ? `${id} ${version}` : id,
    state + (loadMs === undefined ? '' : ` ${Math.round(loadMs)} ms`),
    `provides ${provides.join(', ') || 'nothing'}`,
    `needs ${needs.join(', ') || 'nothing'}`,
  ];
  return parts.join(' | ') + (reason ? ` | ${reason}` : '');
}
