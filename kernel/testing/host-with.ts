import { Clock } from '../contracts/clock.js';
import { Config, Settings } from '../contracts/config.js';
import { Logger } from '../contracts/logger.js';
import { Secrets } from '../contracts/secrets.js';
import { PluginHost } from '../plugins/host.js';
import { quietLogger } from './quiet-logger.js';
import { testClock } from './test-clock.js';
import { testConfig } from './test-config.js';

type Values = Readonly<Record<string, unknown>>;
export type TestHost = Awaited<ReturnType<typeof hostWith>>;

/**
 * A host that has started these plugins (what plugin folders export by default), given a clock that stands still, a
 * logger that remembers, this configuration, settings of their own (the same for all) and secrets that nobody knows.
 * `get(id)` answers a service or the live list of a slot; call `stop()` at the end of the test. Rejects with the reason
 * when one of them does not run.
 */
export async function hostWith(
  plugins: readonly unknown[],
  { config = {}, settings = {}, given = [] }: { config?: Values; settings?: Values; given?: Iterable<[symbol, unknown]> } = {},
) {
  const [clock, logger] = [testClock(), quietLogger()];
  const secrets: Secrets = { add: () => undefined, mask: (text) => text, withoutSecrets: (env) => ({ ...env }) as Record<string, string> };
  const builtIn = new Map<symbol, unknown>([
    [Clock, clock],
    [Logger, logger],
    [Config, testConfig(config)],
    [Settings, testConfig(settings)],
    [Secrets, secrets],
  ]);
  const host = new PluginHost({ clock, logger, given: new Map([...builtIn, ...given]) });
  await host.add(plugins.map((exported, i) => ({ source: `plugin ${i + 1} of the test`, load: async () => exported })));
  const failed = host.status().filter(({ state }) => state === 'failed');
  if (failed.length > 0) await host.stop();
  if (failed.length > 0) throw new Error(failed.map(({ id, reason }) => `plugin "${id}" does not run: ${reason}`).join('\n'));
  return Object.assign(host, { clock, logger });
}
