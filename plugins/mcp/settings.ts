import type { Config } from 'dispatch/kernel';
import type { ConnectionLimits } from './server-connection.js';

/** What can be set, in milliseconds and bytes. */
export interface Settings extends ConnectionLimits {
  startMs: number;
  idleMs: number;
  messageLimit: number;
  maxServers: number;
}

export const settingsFrom = (config: Config): Settings => ({
  waitMs: config.number('mcp.waitMs'),
  startMs: config.number('mcp.startMs'),
  callMs: config.number('mcp.callMs'),
  callLimitMs: config.number('mcp.callLimitMs'),
  idleMs: config.number('mcp.idleMs'),
  messageLimit: config.number('mcp.messageLimit'),
  maxServers: config.number('mcp.maxServers'),
});
