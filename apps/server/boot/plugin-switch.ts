import { type Clock, messageOf } from 'dispatch/kernel';
import type { PluginStatus } from 'dispatch/wire';
import { PluginControl, PluginRefused } from '../../../plugins/plugin-manager/contract.js';
import { DisabledPlugins } from './disabled-plugins.js';
import type { FaultLedger } from './faults/fault-ledger.js';
import { placesIn } from './plugin-place.js';
import type { PluginSource } from './plugin-source.js';
import type { PluginView } from './plugin-view.js';

/** What brings about what is switched. */
export interface Switched {
  readonly sources: ReadonlyMap<string, PluginSource>;
  readonly view: PluginView;
  readonly ledger: FaultLedger;
  /** Brings in what a source holds now. Answers why not. */
  renew(source: PluginSource): Promise<string | undefined>;
  /** Lets a source run, and what was disabled or held meanwhile not. Answers why not. */
  apply(source: PluginSource): Promise<string | undefined>;
}

const controlId = Symbol.keyFor(PluginControl) as string;

/** Plugins that people switch on and off, and those that are given a rest. */
export class PluginSwitch implements PluginControl {
  private readonly disabled: DisabledPlugins;
  private readonly stopping = new AbortController();

  /** @param file where it is kept what is disabled */
  constructor(
    private readonly manager: Switched,
    file: string,
    private readonly clock: Clock,
  ) {
    this.disabled = new DisabledPlugins(file);
  }

  isDisabled(id: string): boolean {
    return this.disabled.has(id);
  }

  onChange(changed: (plugin: PluginStatus) => void): () => void {
    return this.manager.view.onChange(changed);
  }

  async reload(id: string): Promise<PluginStatus> {
    const { source, status } = this.find(id);
    this.mustBeFree(id, source);
    if (this.disabled.has(id)) throw new PluginRefused('refused', `"${id}" is not reloaded: ${status.reason}`);
    if (source.place) {
      const place = placesIn(source.place.root).find((each) => each.source === source.name);
      if (!place) throw new PluginRefused('unknown', `the files of "${id}" are gone from ${source.name}`);
      source.place = place;
    }
    const refused = await this.manager.renew(source);
    if (refused !== undefined) throw new PluginRefused('refused', `"${id}" was not reloaded: ${refused}`);
    return this.after(id, source);
  }

  async enable(id: string): Promise<PluginStatus> {
    const { source } = this.find(id);
    this.mustBeFree(id, source);
    await source.inTurn(async () => {
      const was = this.disabled.has(id);
      this.keep(id, false);
      if (source.held) this.manager.ledger.forget(source.name);
      source.held = undefined;
      const refused = await this.manager.apply(source);
      const listed = this.manager.view.status().some((each) => each.id === id && each.state === 'failed');
      if (refused === undefined || listed) return;
      if (was) this.keep(id, true);
      throw new PluginRefused('refused', `"${id}" was not enabled: ${refused}`);
    });
    return this.after(id, source);
  }

  async disable(id: string): Promise<PluginStatus> {
    const { source, status } = this.find(id);
    if (status.needs.includes(controlId)) throw new PluginRefused('refused', `"${id}" is what enables plugins: it cannot be disabled`);
    await source.inTurn(async () => {
      this.keep(id, true);
      const refused = await this.manager.apply(source);
      if (refused === undefined) return;
      this.keep(id, false);
      throw new PluginRefused('refused', `"${id}" was not disabled: ${refused}`);
    });
    return this.after(id, source);
  }

  /** Takes a source out after too many faults, and tries it again later. */
  async rest(name: string, sentence: string, ms: number): Promise<void> {
    const source = this.manager.sources.get(name);
    if (!source || source.held) return;
    const reason = `it had too many faults within a minute, the last one: ${sentence}; it is tried again after ${Math.round(ms / 1000)} s`;
    const held = { state: 'quarantined', reason } as const;
    source.held = held;
    await source.inTurn(async () => {
      const refused = await this.manager.apply(source);
      if (refused === undefined) return;
      source.held = undefined;
      source.note = `it should rest, and runs on: ${refused}`;
    });
    this.manager.view.tell();
    await this.clock.sleep(ms, this.stopping.signal);
    if (source.held !== held || this.stopping.signal.aborted) return;
    source.held = undefined;
    await source.inTurn(() => this.manager.apply(source));
    this.manager.view.tell();
  }

  stop(): void {
    this.stopping.abort();
  }

  private find(id: string): { source: PluginSource; status: PluginStatus } {
    const all = this.manager.view.status().filter((each) => each.id === id);
    const status = all.find(({ state }) => state === 'active') ?? all[0];
    const source = this.manager.sources.get(status?.source ?? '');
    if (status && source) return { source, status };
    throw new PluginRefused('unknown', `there is no plugin "${id}"`);
  }

  /** Who only rests may be called back; who is left out for another reason may not. */
  private mustBeFree(id: string, { held }: PluginSource): void {
    if (held && held.state !== 'quarantined') throw new PluginRefused('refused', `"${id}" is not started: ${held.reason}`);
  }

  private after(id: string, source: PluginSource): PluginStatus {
    this.manager.view.tell();
    const status = this.manager.view.status().find((each) => each.id === id && each.source === source.name);
    if (status) return status;
    throw new PluginRefused('unknown', `there is no plugin "${id}" any more: ${source.name} holds others now`);
  }

  private keep(id: string, disabled: boolean): void {
    try {
      this.disabled.set(id, disabled);
    } catch (thrown) {
      throw new PluginRefused('refused', `it could not be kept that "${id}" is ${disabled ? 'disabled' : 'enabled'}: ${messageOf(thrown)}`);
    }
  }
}
