import type { PluginList } from 'dispatch/kernel';
import type { PluginStatus } from 'dispatch/wire';
import type { FaultLedger } from './faults/fault-ledger.js';
import type { PluginSource } from './plugin-source.js';

/** News that come at once are told at once: one message for a flood of faults. */
const gatherMs = 200;

export interface ViewOptions {
  /** What the host knows. */
  host(): PluginStatus[];
  sources: ReadonlyMap<string, PluginSource>;
  ledger: FaultLedger;
  isDisabled(id: string): boolean;
  /** A text without secrets: what a plugin says of itself may have some in it. */
  mask(text: string): string;
  complain(thrown: unknown): void;
}

/** The plugins as people and front ends see them: what the host knows, and what keeps others from running. */
export class PluginView implements PluginList {
  private readonly listeners = new Set<(plugin: PluginStatus) => void>();
  private told = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: ViewOptions) {}

  status(): PluginStatus[] {
    const held = [...this.options.sources.values()].flatMap((source) => this.heldOf(source));
    const isHeld = ({ id, source }: PluginStatus) => held.some((each) => each.id === id && each.source === source);
    return [...this.options.host().filter((each) => !isHeld(each)), ...held].map((each) => this.masked(this.withNews(each)));
  }

  onChange(changed: (plugin: PluginStatus) => void): () => void {
    if (this.listeners.size === 0) this.told = this.now();
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  /** Something may have changed: whoever listens is told what has. */
  news(): void {
    this.timer ??= setTimeout(() => this.tell(), gatherMs).unref();
  }

  tell(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.listeners.size === 0) return;
    const before = this.told;
    this.told = this.now();
    for (const [key, json] of this.told) if (before.get(key) !== json) this.tellAll(JSON.parse(json));
    for (const [key, json] of before) if (!this.told.has(key)) this.tellAll({ ...JSON.parse(json), state: 'stopped' });
  }

  private now(): Map<string, string> {
    return new Map(this.status().map((each) => [`${each.id} ${each.source}`, JSON.stringify(each)]));
  }

  private tellAll(plugin: PluginStatus): void {
    for (const listener of this.listeners) {
      try {
        listener(plugin);
      } catch (thrown) {
        this.options.complain(thrown);
      }
    }
  }

  /** What its owner does not want says so, whatever else keeps it from running. */
  private heldOf(source: PluginSource): PluginStatus[] {
    const isDisabled = ({ id }: { id: string }) => this.options.isDisabled(id);
    if (!source.held && !source.definitions.some(isDisabled)) return [];
    const held = source.held ? source.shown(source.held).filter((each) => !isDisabled(each)) : [];
    return [...held, ...source.shown(disabled).filter(isDisabled)];
  }

  private masked(status: PluginStatus): PluginStatus {
    const { reason, note } = status;
    const { mask } = this.options;
    return { ...status, ...(reason !== undefined && { reason: mask(reason) }), ...(note !== undefined && { note: mask(note) }) };
  }

  private withNews(status: PluginStatus): PluginStatus {
    const source = this.options.sources.get(status.source ?? '');
    if (!source?.place) return status;
    const account = this.options.ledger.of(source.name);
    const notes = [source.project && `brought by ${source.project}`, source.note, account && `last fault: ${account.last}`].filter(
      (note) => note !== undefined,
    );
    const declared =
      status.state === 'failed' && source.definitions.length === 0 ? source.shown({ state: 'failed', reason: status.reason }) : [];
    return {
      ...(declared.length === 1 ? (declared[0] as PluginStatus) : status),
      ...(status.loadMs !== undefined && { loadMs: status.loadMs + source.importMs }),
      ...(notes.length > 0 && { note: notes.join('; ') }),
      ...(account && { faults: account.count }),
    };
  }
}

const disabled = { state: 'disabled', reason: 'it was disabled: dispatch plugin enable brings it back' } as const;
