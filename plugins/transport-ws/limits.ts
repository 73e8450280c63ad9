import type { Config } from 'dispatch/kernel';

/** How the server guards itself against slow, greedy and dead clients. Bytes and milliseconds. */
export interface SocketLimits {
  /** Open sockets at once. */
  sockets: number;
  /** Of one message. */
  messageBytes: number;
  /** Of one message. */
  fragments: number;
  pingEveryMs: number;
}

const defaults = { sockets: 1_000, messageBytes: 16 * 1024 * 1024, fragments: 1_024, pingEveryMs: 30_000 } satisfies SocketLimits;

/** The limits as configured, each under its `ws.` key. */
export function limitsFrom(config: Config): SocketLimits {
  const limit = (key: string, otherwise: number) => {
    const value = config.value(key);
    return typeof value === 'number' && value > 0 ? value : otherwise;
  };
  return {
    sockets: limit('ws.maxSockets', defaults.sockets),
    messageBytes: limit('ws.messageLimit', defaults.messageBytes),
    fragments: limit('ws.maxFragments', defaults.fragments),
    pingEveryMs: limit('ws.pingMs', defaults.pingEveryMs),
  };
}
