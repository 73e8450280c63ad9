import { parseArgs } from 'node:util';
import packageFile from '../../../package.json' with { type: 'json' };

const keys = { port: 'http.port', 'ws-port': 'ws.port', host: 'http.host', 'data-dir': 'dataDir', 'log-level': 'log.level' } as const;

const help = `dispatch-server: runs the Dispatch server.

  --port N         HTTP port (default 24203; 0 picks a free one)
  --ws-port N      WebSocket port (default 24205)
  --host NAME      address to listen on (default 127.0.0.1)
  --data-dir DIR   where the database and other data live (default ./.dispatch-data)
  --log-level L    debug, info, warn, error
  --safe           safe mode: with the server's own plugins only
  --help, --version

Everything else is set by DISPATCH_* variables and dispatch.config.jsonc files.
`;

/** The command line as configuration keys. Prints and exits for --help and --version; throws for what it does not know. */
export function flagsFrom(argv: readonly string[]): Record<string, string> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: text,
      'ws-port': text,
      host: text,
      'data-dir': text,
      'log-level': text,
      safe: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
  });
  if (values.help) exit(help);
  if (values.version) exit(`${packageFile.version}\n`);
  const given = Object.entries(keys).flatMap(([flag, key]) => {
    const value = values[flag as keyof typeof keys];
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries([...given, ...(values.safe ? [['plugins.safe', 'true'] as const] : [])]);
}

function exit(text: string): never {
  process.stdout.write(text);
  process.exit(0);
}
