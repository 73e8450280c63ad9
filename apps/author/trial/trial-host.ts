import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Candidate,
  Clock,
  Config,
  definitionsFrom,
  Logger,
  type Manifest,
  type PluginDefinition,
  PluginHost,
  Secrets,
  Settings,
} from 'dispatch/kernel';
import { configFiles, loadConfig, PluginSettingsFiles } from '../../../config/index.js';
import { bundledPlugins } from '../../server/boot/discover.js';
import { ProcessSecrets } from '../../server/boot/process-secrets.js';
import { SettingsDesk } from '../../server/boot/settings/settings-desk.js';
import { systemClock as clock } from '../../server/boot/system-clock.js';
import { fittingInputs } from './sample-input.js';

const levels = ['debug', 'info', 'warn', 'error'] as const;

/** What a host for one plugin is made of: the server's own services, its configuration, and a log that is only kept. */
export class TrialHost {
  readonly host: PluginHost;
  /** Hands it the settings that were made up for it. */
  readonly settings: SettingsDesk;
  /** What was logged, as `level sentence`. */
  readonly records: string[] = [];

  private constructor(
    readonly config: Config,
    files: PluginSettingsFiles,
    private readonly build: URL,
  ) {
    const secrets = new ProcessSecrets();
    this.settings = new SettingsDesk({ files, secrets, renew: async () => undefined, isThere: () => true });
    const given = new Map<symbol, unknown>([
      [Clock, clock],
      [Config, config],
      [Logger, this.logger()],
      [Secrets, secrets],
      [Settings, config],
    ]);
    this.host = new PluginHost({ clock, logger: this.logger(), given, startLimitMs: config.number('plugins.startLimitMs') });
  }

  /** @param declared what is known of the plugin: settings that it cannot be without are made up */
  static async open(declared: readonly Manifest[], build: URL): Promise<TrialHost> {
    const home = homedir();
    const settings = Object.fromEntries(
      declared.flatMap(({ id, settings }) => (settings && !('safeParse' in settings) ? [[id, fittingInputs(settings)[0] ?? {}]] : [])),
    );
    await mkdir(join(home, '.config/dispatch'), { recursive: true });
    await writeFile(join(home, '.config/dispatch/dispatch.config.json'), JSON.stringify({ plugins: { settings } }));
    const flags = { dataDir: join(home, 'data'), 'http.port': '0', 'ws.port': '0' };
    const config = loadConfig({ flags, env: {}, cwd: process.cwd(), home }).asConfig();
    return new TrialHost(config, new PluginSettingsFiles(configFiles(process.cwd(), home, {})), build);
  }

  /** Starts those of the server's own plugins that provide what these need. Answers what nobody provides. */
  async provideFor(plugins: readonly PluginDefinition[]): Promise<string[]> {
    const built = [Clock, Config, Logger, Secrets, Settings].map((id) => Symbol.keyFor(id));
    const own = new Set(plugins.flatMap(({ provides }) => provides));
    const wanted = plugins.flatMap(({ needs }) => needs).filter((id) => !id.endsWith('[]') && !own.has(id) && !built.includes(id));
    if (wanted.length === 0) return [];
    const bundled = await this.bundled();
    const chosen = new Set<PluginDefinition>();
    const missing: string[] = [];
    for (const id of wanted) {
      if (id === 'dispatch.plugin-list' || [...chosen].some(({ provides }) => provides.includes(id))) continue;
      const provider = bundled.find(({ provides }) => provides.includes(id));
      if (!provider) missing.push(id);
      else {
        chosen.add(provider);
        wanted.push(...provider.needs.filter((need) => !need.endsWith('[]') && !built.includes(need)));
      }
    }
    await this.host.add([...chosen].map((each) => ({ source: `plugins/${each.id}`, load: async () => [each] })));
    return missing;
  }

  private async bundled(): Promise<PluginDefinition[]> {
    const folder = fileURLToPath(new URL('plugins', this.build));
    const load = async ({ source, load }: Candidate) => definitionsFrom(await load(), source);
    return (await Promise.all(bundledPlugins(folder).map(load))).flat();
  }

  private logger(): Logger {
    const { records } = this;
    const kept = Object.fromEntries(levels.map((level) => [level, (sentence: string) => void records.push(`${level} ${sentence}`)]));
    const logger = { ...kept, child: (): Logger => logger } as unknown as Logger;
    return logger;
  }
}
