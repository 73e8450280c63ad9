import { messageOf, type PluginDefinition, type Secrets, Settings } from 'dispatch/kernel';
import { ConfigError, type PluginSettingsFiles, readerOf } from '../../../../config/index.js';
import { type PluginSettings, type PluginSettingsView, SettingsRefused } from '../../../../plugins/plugin-settings/contract.js';
import type { Issue } from './checked.js';
import { hidden, mask, restored, secretsOf } from './hidden.js';
import { fieldsOf, type Shape, shapeOf } from './setting-fields.js';
import { checkSettings, sentenceOf } from './settings-check.js';

export interface SettingsDeskOptions {
  files: PluginSettingsFiles;
  secrets: Secrets;
  /** Brings in what a source holds, with the settings of now. Answers why not; undefined also where there is no such source. */
  renew(source: string): Promise<string | undefined>;
  /** Whether a source is still there. */
  isThere(source: string): boolean;
}

interface Declared {
  id: string;
  source: string;
  schema: object;
  shape: Shape | undefined;
  /** As they were last found to be right, defaults filled in. */
  values: Readonly<Record<string, unknown>>;
  /** Why what was given is not in use. */
  unused?: string | undefined;
}

type Values = Readonly<Record<string, unknown>>;
const settingsId = Symbol.keyFor(Settings) as string;

/** Keeps which plugin declares which settings, hands each its own, and changes them. */
export class SettingsDesk implements PluginSettings {
  /** By source and id: two sources may have one id, of which one runs. */
  private readonly declared = new Map<string, Declared>();

  constructor(private readonly options: SettingsDeskOptions) {}

  /**
   * Takes note of what a plugin declares, and checks what it was given: answers what is wrong. What is right is what it
   * is handed from then on.
   */
  async prepare({ id, settings: schema }: { id: string; settings?: object }, source: string): Promise<string | undefined> {
    const key = keyOf(id, source);
    if (schema === undefined) return void this.declared.delete(key);
    const before = this.declared.get(key);
    const known: Declared = { id, source, schema, shape: shapeOf(schema), values: before?.values ?? {} };
    this.declared.set(key, known);
    known.unused = await this.settle(known);
    return known.unused;
  }

  /** A plugin that is handed its own settings where it asks for settings. */
  handing(definition: PluginDefinition, source: string): PluginDefinition {
    const at = definition.needs.indexOf(settingsId);
    if (at < 0) return definition;
    const own = () => readerOf(this.declared.get(keyOf(definition.id, source))?.values ?? {});
    return { ...definition, build: (...needs) => definition.build(...needs.with(at, own())) };
  }

  ids(): readonly string[] {
    for (const [key, { source }] of this.declared) if (!this.options.isThere(source)) this.declared.delete(key);
    return [...new Set([...this.declared.values()].map(({ id }) => id))].sort();
  }

  view(id: string): PluginSettingsView {
    const known = this.find(id);
    const { shape, unused } = known;
    try {
      const { values, from } = this.options.files.read(id);
      const keptIn = this.options.files.fileFor(id);
      const shown = hidden(shape, values) as Record<string, unknown>;
      return { id, fields: fieldsOf(shape), values: shown, ...(from && { from }), keptIn, ...(unused && { problem: unused }) };
    } catch (thrown) {
      throw refusal(thrown);
    }
  }

  async change(id: string, changes: Values): Promise<PluginSettingsView> {
    const known = this.find(id);
    const current = this.read(id);
    const given = Object.entries(changes).filter(([key, value]) => value !== null || this.isNullable(known, key));
    const left = Object.entries(current).filter(([key]) => !Object.hasOwn(changes, key));
    const concerned = ({ path: [first] }: Issue) => first === undefined || Object.hasOwn(changes, first);
    return this.keep(known, { ...Object.fromEntries(left), ...Object.fromEntries(given) }, current, concerned);
  }

  async replace(id: string, values: Values): Promise<PluginSettingsView> {
    return this.keep(this.find(id), values, this.read(id), () => true);
  }

  private async keep(known: Declared, given: Values, current: Values, concerned: (issue: Issue) => boolean): Promise<PluginSettingsView> {
    const { id, source, shape, schema } = known;
    const next = restored(shape, given, current) as Values;
    this.keepSecret(known, next);
    const { issues } = await checkSettings(schema, next);
    const wrong = issues.filter(concerned);
    if (wrong.length > 0) throw new SettingsRefused('refused', `nothing was changed: ${this.told(known, wrong)}`);
    try {
      this.options.files.write(id, next);
    } catch (thrown) {
      throw refusal(thrown);
    }
    const unused = await this.options.renew(source);
    const after = this.declared.get(keyOf(id, source));
    if (after) after.unused = unused === undefined ? undefined : this.options.secrets.mask(unused);
    return this.view(id);
  }

  private async settle(known: Declared): Promise<string | undefined> {
    try {
      const { values } = this.options.files.read(known.id);
      this.keepSecret(known, values);
      const { issues, values: completed } = await checkSettings(known.schema, values);
      if (issues.length > 0) return `its settings are not as it declares them: ${this.told(known, issues)}`;
      known.values = completed as Values;
      return undefined;
    } catch (thrown) {
      return `its settings cannot be read: ${messageOf(thrown)}`;
    }
  }

  private read(id: string): Values {
    try {
      return this.options.files.read(id).values;
    } catch (thrown) {
      throw refusal(thrown);
    }
  }

  private find(id: string): Declared {
    if (this.ids().includes(id)) {
      const all = [...this.declared.values()].filter((each) => each.id === id);
      return all[0] as Declared;
    }
    throw new SettingsRefused('unknown', `no plugin "${id}" declares settings`);
  }

  private keepSecret({ shape }: Declared, values: Values): void {
    for (const each of secretsOf(shape, values)) if (each !== mask) this.options.secrets.add(each);
  }

  private told({ id }: Declared, issues: readonly Issue[]): string {
    return this.options.secrets.mask(
      issues
        .slice(0, 5)
        .map((each) => sentenceOf(id, each))
        .join('; '),
    );
  }

  /** Whether null is a value for it, rather than the wish for none. */
  private isNullable({ shape }: Declared, key: string): boolean {
    const type = shape?.properties?.[key]?.type;
    return Array.isArray(type) && type.includes('null');
  }
}

const keyOf = (id: string, source: string): string => `${id} ${source}`;

function refusal(thrown: unknown): Error {
  return thrown instanceof ConfigError ? new SettingsRefused('refused', thrown.message) : (thrown as Error);
}
