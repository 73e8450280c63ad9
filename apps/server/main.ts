#!/usr/bin/env node
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Clock, Config, Logger, Secrets, Settings } from 'dispatch/kernel';
import { configFiles, type LoadedConfig, loadConfig, PluginSettingsFiles, readerOf } from '../../config/index.js';
import packageFile from '../../package.json' with { type: 'json' };
import { Access } from '../../plugins/access/contract.js';
import { Turns } from '../../plugins/session-orchestrator/contract.js';
import { HttpServer } from '../../plugins/transport-http/contract.js';
import { DroppedPlugins } from './boot/dropped-plugins.js';
import { CrashCount } from './boot/faults/crash-count.js';
import { flagsFrom } from './boot/flags.js';
import { pinoLogger } from './boot/pino-logger.js';
import { PluginManager } from './boot/plugin-manager.js';
import { pluginRoots } from './boot/plugin-roots.js';
import { ProcessSecrets } from './boot/process-secrets.js';
import { onSignals, survive } from './boot/shutdown.js';
import { systemClock as clock } from './boot/system-clock.js';
import { welcome } from './boot/welcome.js';

/** The folder of the build; this file stands at `apps/server/main.js` in it. */
const build = new URL('../../', import.meta.url);

const firstAnswersMs = 20;

/** The composition root: the one place that knows what the server is made of. */
async function main(): Promise<void> {
  const loaded = configured();
  const config = loaded.asConfig();
  const secrets = new ProcessSecrets();
  for (const value of loaded.secrets) secrets.add(value);
  const logger = pinoLogger(config.text('log.level'), secrets, process.stderr.isTTY === true);
  for (const warning of loaded.warnings) logger.warn(warning);

  const given = new Map<symbol, unknown>([
    [Clock, clock],
    [Config, config],
    [Logger, logger],
    [Secrets, secrets],
    [Settings, readerOf({})], // whoever declares some is handed its own
  ]);
  const plugins = managed(new Map(given), config, logger);
  const { host } = plugins;
  survive(logger, (thrown, what) => plugins.faults.blamed(thrown, what));
  const crashes = new CrashCount(join(config.text('dataDir'), 'starts.json'), () => clock.now());
  const roots = pluginRoots(config, process.env, homedir());
  const dropped = new DroppedPlugins(plugins, { clock, config, logger, roots, crashes });
  const stop = async () => {
    dropped.stop();
    await plugins.stop();
  };
  onSignals(logger, async () => {
    if (plugins.provides(Turns)) await host.get(Turns).drain(config.number('drainMs'));
    await stop();
  });

  // Dropped plugins come second, so that none of them delays the first turn; unless one may stand in for a bundled one.
  const together = Object.keys(config.value('plugins.prefer') as Record<string, string>).length > 0;
  await plugins.start(together ? dropped.find() : []);
  if (plugins.lacksPillar() || !plugins.provides(HttpServer) || !plugins.provides(Turns)) {
    await stop();
    process.exit(1);
  }
  const { host: address, port } = host.get(HttpServer);
  process.stdout.write(welcome(address, port, host.get(Access)));
  if (!together) {
    await clock.sleep(firstAnswersMs); // whoever has waited for the server is answered before others are looked for
    await plugins.add(dropped.find());
  }
  dropped.watch();
  plugins.projects.open(() => dropped.whySafe());
}

function managed(given: ReadonlyMap<symbol, unknown>, config: Config, logger: Logger): PluginManager {
  try {
    const settingsFiles = new PluginSettingsFiles(configFiles(process.cwd(), homedir(), process.env));
    return new PluginManager({ clock, config, logger, given, build, version: packageFile.version, settingsFiles });
  } catch (thrown) {
    fail(thrown);
  }
}

function configured(): LoadedConfig {
  try {
    return loadConfig({ flags: flagsFrom(process.argv.slice(2)), env: process.env, cwd: process.cwd(), home: homedir() });
  } catch (thrown) {
    fail(thrown);
  }
}

function fail(thrown: unknown): never {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exit(2);
}

await main();
