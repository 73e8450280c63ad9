import { setImmediate as endOfTick } from 'node:timers/promises';
import { Clock, Config, inject, plugin, type StepPart, type StepRequest, type StepStream, service } from 'dispatch/kernel';
import type { ConversationStatus } from 'dispatch/wire';
import { Conversations } from '../conversation-store/contract.js';
import type { BoundModel } from '../credential-store/contract.js';
import { Lane } from './lane.js';
import { TurnNews } from './turn-news.js';

/** A step of a turn. */
export interface TurnStep extends StepRequest {
  conversationId: string;
}

/** Asks models for the steps of turns. */
export interface ModelSteps {
  /** The step's parts. Where its credential has as many steps as it may have, it waits, and the conversation is `queued`. */
  ask(model: BoundModel, step: TurnStep, workspaceId: string): StepStream;
}
export const ModelSteps = service<ModelSteps>('dispatch.model-steps');

@plugin({ id: 'session-orchestrator-steps', version: '0.1.0', provides: ModelSteps })
export class QueuedSteps implements ModelSteps {
  /** By credential; only those with a limit. */
  private readonly lanes = new Map<string, Lane>();
  private readonly byDefault: number;
  /** How often a step that waits says that it is alive: its watchdog has to hear of it in time. */
  private readonly pulseMs: number;

  constructor(
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(TurnNews) private readonly news: TurnNews,
    @inject(Config) config: Config,
    @inject(Clock) private readonly clock: Clock,
  ) {
    this.byDefault = (config.value('provider.maxConcurrent') as number | undefined) ?? 0;
    this.pulseMs = Math.ceil(config.number('watchdog.firstByteMs') / 3);
  }

  ask(model: BoundModel, step: TurnStep, workspaceId: string): StepStream {
    const most = model.credential.maxConcurrent ?? this.byDefault;
    if (most === 0) return asked(model, step);
    const tell = (status: ConversationStatus) => this.tell(status, step.conversationId, workspaceId);
    return this.inLane(this.lane(model.credential.name, most), model, step, tell);
  }

  private lane(credential: string, most: number): Lane {
    const lane = this.lanes.get(credential) ?? new Lane(most);
    this.lanes.set(credential, lane);
    return lane;
  }

  private async *inLane(lane: Lane, model: BoundModel, step: TurnStep, tell: Tell): AsyncGenerator<StepPart> {
    const place = lane.enter();
    const { signal } = step;
    // also for a provider that does not listen to an abort
    signal.addEventListener('abort', place.leave);
    try {
      if (signal.aborted) return;
      if (place.free) yield* this.wait(place.free, step, tell);
      if (!signal.aborted) yield* asked(model, step);
    } finally {
      signal.removeEventListener('abort', place.leave);
      place.leave();
    }
  }

  /** Waits for its turn, or for an abort. */
  private async *wait(free: Promise<void>, { signal, mayBeSent }: TurnStep, tell: Tell): AsyncGenerator<StepPart> {
    const over = new AbortController();
    const stop = () => over.abort(null);
    let waits = true;
    const came = free.then(() => {
      waits = false;
      stop();
    });
    signal.addEventListener('abort', stop);
    try {
      // the prompt is stored and its turn announced as active before anybody hears that it waits
      await mayBeSent;
      await endOfTick();
      if (!waits || signal.aborted) return;
      tell('queued');
      while (waits && !signal.aborted) {
        yield { type: 'open' };
        await this.clock.sleep(this.pulseMs, over.signal);
      }
      if (signal.aborted) return;
      await came;
      tell('active');
      yield { type: 'open' };
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Stored first, then told; in the order of the calls, as every write is. */
  private tell(status: ConversationStatus, conversationId: string, workspaceId: string): void {
    this.conversations.setStatus(conversationId, status).then(
      () => this.news.tell({ type: 'conversation.statusChanged', conversationId, status, workspaceId }),
      (thrown: unknown) => this.news.fault(`the status "${status}" could not be stored`, thrown, { conversationId }),
    );
  }
}

type Tell = (status: ConversationStatus) => void;

const asked = ({ provider, credential }: BoundModel, step: TurnStep): StepStream =>
  provider.holdsBack ? provider.stream(credential, step) : after(step.mayBeSent, () => provider.stream(credential, step));

/** A stream that is asked for only once something else has happened. */
async function* after(first: Promise<void> | undefined, stream: () => AsyncIterable<StepPart>): AsyncGenerator<StepPart> {
  await first;
  yield* stream();
}
