import { messageOf } from 'dispatch/kernel';
import type { DoneEvent, TurnEvent } from 'dispatch/wire';
import type { OpenTurn } from '../conversation-store/contract.js';
import type { WaitingText } from './contract.js';
import type { EventHub } from './event-hub.js';
import { lineMaker } from './event-line.js';
import { Outbox } from './outbox.js';
import type { TurnNews } from './turn-news.js';

/** What a live turn needs of the room it lives in. */
export interface Surroundings {
  record: OpenTurn;
  news: TurnNews;
  /** What the user typed meanwhile. */
  waiting(): Promise<WaitingText | undefined>;
  /** The turn is about to be sealed: what the conversation becomes after it. */
  closing(): Promise<'idle' | 'active' | 'closed'>;
  /** Everything is stored: the next turn may begin. Called just before `turn-sealed` is shown. */
  sealed(): void;
}

/** A turn that runs: each event is stored, then shown. However it goes, it shows one `done` and one `turn-sealed`. */
export class LiveTurn {
  /** Resolves when the turn is over in every respect. */
  readonly settled: Promise<void>;
  /** Resolves `settled`. */
  settle!: () => void;
  /** Whether the user closed the conversation meanwhile. */
  closed = false;
  private readonly stopped = new AbortController();
  private readonly outbox: Outbox<TurnEvent>;
  private readonly line: ReturnType<typeof lineMaker>;
  private around: Surroundings | undefined;
  private hub: EventHub | undefined;
  private letOut: () => void = () => undefined;
  private readonly shown = new Promise<void>((resolve) => {
    this.letOut = resolve;
  });
  private steering: WaitingText | undefined;
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

  /** From here on events are recorded; none is shown before `showOn`. */
  open(around: Surroundings): void {
    this.around = around;
    this.outbox.hold(this.shown);
  }

  /** The prompt is on the disk: those who watch are told. */
  showOn(hub: EventHub): void {
    this.hub = hub;
    hub.openTurn();
    this.letOut();
  }

  /** The prompt could not be stored: the turn has never been. */
  forget(): void {
    this.around = undefined;
    this.abort();
  }

  /** Resolves when the prompt is on the disk. */
  get prompted(): Promise<void> | undefined {
    return this.around?.record.stored;
  }

  /** Stores an event and shows it as soon as it is stored. `done` waits until the whole turn is sealed. */
  emit(event: TurnEvent): void {
    if (!this.around) return;
    if (event.type === 'done') {
      this.done = true;
      this.outbox.put(event, this.seal(event));
      return;
    }
    this.outbox.put(event, this.around.record.record(event));
    if (event.type === 'steering') this.handOver();
  }

  /** What the user typed meanwhile; it is gone from the queue once the `steering` event is stored. */
  async steer(): Promise<string | undefined> {
    this.steering = await this.around?.waiting();
    return this.steering?.text;
  }

  /** Ends the turn, whatever happened before. */
  async finish(): Promise<void> {
    if (!this.done) this.emit({ ...this.of, type: 'done', reason: 'error' });
    await this.outbox.empty();
    if (this.storageError !== undefined) this.showLoss();
    this.around?.sealed();
    this.show({ ...this.of, type: 'turn-sealed' });
    this.hub?.closeTurn();
    this.settle();
  }

  private get of(): { conversationId: string; turnId: string } {
    return { conversationId: this.conversationId, turnId: this.turnId };
  }

  private handOver(): void {
    const { around, steering } = this;
    steering
      ?.taken()
      .catch((thrown: unknown) => around?.news.fault('a queued message was handed over and is still queued', thrown, this.of));
  }

  private async seal(done: DoneEvent): Promise<void> {
    const { around } = this;
    await around?.record.record(done);
    await around?.record.seal(await around.closing());
  }

  private show(event: TurnEvent): void {
    this.hub?.add(this.line(event));
    if (this.around?.news.heard) this.around.news.tell(event);
  }

  /** The disk refused: the turn cannot go on, as what it says could not be kept. */
  private lost(thrown: unknown): void {
    this.storageError = thrown;
    this.abort();
  }

  private showLoss(): void {
    const { code = 'failed' } = this.storageError as { code?: string };
    const message = `the turn ended because it could not be stored: ${messageOf(this.storageError)}`;
    this.around?.news.fault('a turn could not be stored', this.storageError, this.of);
    this.show({ ...this.of, type: 'error', message, code: `storage-${code}` });
    this.show({ ...this.of, type: 'done', reason: 'error' });
  }
}
