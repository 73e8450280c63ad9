import { type Filter, inject, MessageFilters, PluginList, PromptFilters, plugin, type Tool, ToolFilters } from 'dispatch/kernel';
import type { PluginStatus } from 'dispatch/wire';
import { type AccessRule, AccessRules, type HealthCheck, HealthChecks, type Verdict } from '../transport-http/contract.js';
import { PluginControl } from './contract.js';

const idsOf = (...slots: symbol[]): readonly string[] => slots.map((slot) => Symbol.keyFor(slot) as string);
/** What a turn goes through. */
const filters = idsOf(ToolFilters, PromptFilters, MessageFilters);
/** What a request goes through. */
const rules = idsOf(AccessRules);

/** The critical plugin that is down and would have to be asked, as a sentence; undefined when there is none. Pure. */
export function downOf(plugins: readonly PluginStatus[], slots: readonly string[]): string | undefined {
  const down = plugins.find(
    ({ critical, state, provides }) =>
      critical && (state === 'failed' || state === 'quarantined') && provides.some((id) => slots.includes(id)),
  );
  return down && `the critical plugin "${down.id}" is ${down.state} (${down.reason}): mend it, disable it, or take it away`;
}

/** While a critical plugin is down, what it guards is refused with its name. Its owner may disable it: then nothing is. */
@plugin({ id: 'plugin-manager-critical', version: '0.1.0', provides: [ToolFilters, AccessRules, HealthChecks] })
export class CriticalGuard implements Filter<readonly Tool[]>, AccessRule, HealthCheck {
  readonly critical = true;
  private noTurn: string | undefined;
  private nobody: string | undefined;
  private ignore: () => void = () => undefined;

  constructor(
    @inject(PluginList) private readonly list: PluginList,
    @inject(PluginControl) private readonly control: PluginControl,
  ) {}

  start(): void {
    this.ignore = this.control.onChange(() => this.look());
    this.look();
  }

  stop(): void {
    this.ignore();
  }

  filter(tools: readonly Tool[]): readonly Tool[] {
    if (this.noTurn !== undefined) throw new Error(`no turn is taken: ${this.noTurn}`);
    return tools;
  }

  check(): Verdict {
    const { nobody } = this;
    return nobody === undefined ? undefined : { status: 403, error: `nobody is let in: ${nobody}`, code: 'critical_plugin_down' };
  }

  problem(): string | undefined {
    return this.noTurn;
  }

  private look(): void {
    const all = this.list.status();
    this.noTurn = downOf(all, filters);
    this.nobody = downOf(all, rules);
  }
}
