import { type DispatchEvent, type EventListener, messageOf, tell } from 'dispatch/kernel';
import type { DoneEvent, TurnEvent } from 'dispatch/wire';
import type { OpenTurn } from '../conversation-store/contract.js';
import type { EventHub } from './event-hub.js';
import { lineMaker } from './event-line.js';
import { Outbox } from './outbox.js';

/** What a live turn tells the room it lives in. */
export interface Surroundings {
  listeners: readonly EventListener[];
  report(thrown: unknown): void;
  /** Everything is stored: the next turn may begin. Called just before `turn-sealed` is shown. */
  sealed(): void;
}

/** A turn that runs: each event is stored, then shown. However it goes, it shows one `done` and one `turn-sealed`. */
export class LiveTurn {
  /** Resolves when the turn is over in every respect. */
  readonly settled: Promise<void>;
  /** Resolves `settled`. */
  settle!: () => void;
  /** What the conversation becomes after this turn. */
  nextStatus: 'idle' | 'active' | 'closed' = 'idle';
  private readonly stopped = new AbortController();
  private readonly outbox: Outbox<TurnEvent>;
  private readonly line: ReturnType<typeof lineMaker>;
  private opened: { record: OpenTurn; hub: EventHub; around: Surroundings } | undefined;
  private storageError: unknown;
  private done = false;

  constructor(
    readonly conversationId: string,
    readonly turnId: string,
  ) {
    this.settled = new Promise((resolve) => {
      this.settle = resolve;
    });
    this.line = lineMaker(conversationId, turnId);
    this.outbox = new Outbox(
      (event) => this.show(event),
      (thrown) => this.lost(thrown),
    );
  }

  get signal(): AbortSignal {
    return this.stopped.signal;
  }

  abort(): void {
    this.stopped.abort();
  }

  open(record: OpenTurn, hub: EventHub, around: Surroundings): void {
    this.opened = { record, hub, around };
  }

  /** Stores an event and shows it as soon as it is stored. `done` waits until the whole turn is sealed. */
  emit(event: TurnEvent): void {
    if (!this.opened) return;
    const { record } = this.opened;
    if (event.type !== 'done') return this.outbox.put(event, record.record(event));
    this.done = true;
    this.outbox.put(event, this.seal(event));
  }

  /** Ends the turn, whatever happened before. */
  async finish(): Promise<void> {
    if (!this.done) this.emit({ ...this.of, type: 'done', reason: 'error' });
    await this.outbox.empty();
    if (this.storageError !== undefined) this.showLoss();
    this.opened?.around.sealed();
    this.show({ ...this.of, type: 'turn-sealed' });
    this.opened?.hub.closeTurn();
    this.settle();
  }

  private get of(): { conversationId: string; turnId: string } {
    return { conversationId: this.conversationId, turnId: this.turnId };
  }

  private async seal(done: DoneEvent): Promise<void> {
    await this.opened?.record.record(done);
    await this.opened?.record.seal(this.nextStatus);
  }

  private show(event: TurnEvent): void {
    if (!this.opened) return;
    const { hub, around } = this.opened;
    hub.add(this.line(event));
    if (around.listeners.length === 0) return;
    const listeners = around.listeners.map((each) => (told: DispatchEvent) => each.onEvent(told));
    tell(listeners, event, around.report);
  }

  /** The disk refused: the turn cannot go on, as what it says could not be kept. */
  private lost(thrown: unknown): void {
    this.storageError = thrown;
    this.abort();
  }

  private showLoss(): void {
    const { code = 'storage' } = this.storageError as { code?: string };
    const message = `the turn ended because it could not be stored: ${messageOf(this.storageError)}`;
    this.opened?.around.report(this.storageError);
    this.show({ ...this.of, type: 'error', message, code: `storage-${code}` });
    this.show({ ...this.of, type: 'done', reason: 'error' });
  }
}
