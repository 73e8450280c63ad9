#!/usr/bin/env node
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Clock, Config, Logger, PluginHost, Secrets } from 'dispatch/kernel';
import { type LoadedConfig, loadConfig } from '../../config/index.js';
import { Access } from '../../plugins/access/contract.js';
import { Turns } from '../../plugins/session-orchestrator/contract.js';
import { HttpServer } from '../../plugins/transport-http/contract.js';
import { bundledPlugins, droppedPlugins } from './boot/discover.js';
import { allowDroppedCode } from './boot/dropped-code.js';
import { flagsFrom } from './boot/flags.js';
import { pinoLogger } from './boot/pino-logger.js';
import { ProcessSecrets } from './boot/process-secrets.js';
import { onSignals, survive } from './boot/shutdown.js';
import { systemClock } from './boot/system-clock.js';
import { welcome } from './boot/welcome.js';

/** The folder of the build; this file stands at `apps/server/main.js` in it. */
const build = new URL('../../', import.meta.url);

/** The composition root: the one place that knows what the server is made of. */
async function main(): Promise<void> {
  const loaded = configured();
  const config = loaded.asConfig();
  const secrets = new ProcessSecrets();
  for (const value of loaded.secrets) secrets.add(value);
  const logger = pinoLogger(config.text('log.level'), secrets, process.stderr.isTTY === true);
  survive(logger);
  for (const warning of loaded.warnings) logger.warn(warning);

  const prefer = config.value('plugins.prefer') as Record<string, string>;
  const host = new PluginHost({
    clock: systemClock,
    logger,
    given: new Map<symbol, unknown>([
      [Clock, systemClock],
      [Config, config],
      [Logger, logger],
      [Secrets, secrets],
    ]),
    prefer,
    startLimitMs: config.number('plugins.startLimitMs'),
  });
  onSignals(logger, async () => {
    if (isRunning(host, Turns)) await host.get(Turns).drain(config.number('drainMs'));
    await host.stop();
  });

  const bundled = bundledPlugins(fileURLToPath(new URL('plugins', build)));
  const dropped = config.list('plugins.folders').flatMap(droppedPlugins);
  if (dropped.length > 0) allowDroppedCode(build);
  // Dropped plugins come second, so that none of them delays the first turn; unless one may stand in for a bundled one.
  const together = Object.keys(prefer).length > 0;
  await host.add(together ? [...bundled, ...dropped] : bundled);
  const lacking = host.status().some(({ state, critical }) => critical && state === 'failed');
  if (lacking || !isRunning(host, HttpServer) || !isRunning(host, Turns)) {
    await host.stop();
    process.exit(1);
  }
  const { host: address, port } = host.get(HttpServer);
  process.stdout.write(welcome(address, port, host.get(Access)));
  if (!together) await host.add(dropped);
}

function configured(): LoadedConfig {
  try {
    return loadConfig({ flags: flagsFrom(process.argv.slice(2)), env: process.env, cwd: process.cwd(), home: homedir() });
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    process.exit(2);
  }
}

const isRunning = (host: PluginHost, id: symbol): boolean =>
  host.status().some(({ state, provides }) => state === 'active' && provides.includes(Symbol.keyFor(id) ?? ''));

await main();
