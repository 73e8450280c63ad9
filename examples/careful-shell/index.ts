import { type CallFilter, CallFilters, type CallVerdict, type ToolCall } from 'dispatch/contracts';
import { plugin } from 'dispatch/kernel';

const dangerous = /\brm\s+-\w*r|\bgit\s+push\b.*--force/;

/** Refuses shell commands that cannot be taken back, and hides home addresses in what commands show. */
@plugin({ id: 'careful-shell', version: '1.0.0', engine: '^0.1.0', provides: CallFilters, critical: true })
export default class CarefulShell implements CallFilter {
  readonly critical = true;

  before({ toolName, input }: ToolCall): CallVerdict {
    if (toolName !== 'run_shell') return undefined;
    const { command } = input as { command: string };
    return dangerous.test(command) ? { refuse: `"${command}" cannot be taken back; ask the user to run it` } : undefined;
  }

  after({ content, isError }: { content: string; isError: boolean }): { content: string; isError: boolean } {
    return { content: content.replaceAll(/\/(?:home|Users)\/[^/\s]+/g, '~'), isError };
  }
}
