import type { Config } from 'dispatch/kernel';

/** What can be set, in milliseconds, bytes and counts. */
export interface Settings {
  startMs: number;
  requestMs: number;
  diagnosticsMs: number;
  afterEditMs: number;
  idleMs: number;
  maxServers: number;
  maxDocuments: number;
  messageLimit: number;
}

export const settingsFrom = (config: Config): Settings => ({
  startMs: config.number('lsp.startMs'),
  requestMs: config.number('lsp.requestMs'),
  diagnosticsMs: config.number('lsp.diagnosticsMs'),
  afterEditMs: config.number('lsp.afterEditMs'),
  idleMs: config.number('lsp.idleMs'),
  maxServers: config.number('lsp.maxServers'),
  maxDocuments: config.number('lsp.maxDocuments'),
  messageLimit: config.number('lsp.messageLimit'),
});
