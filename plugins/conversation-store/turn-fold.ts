import type { Chunk, Role, ToolResultChunk, TurnEvent } from 'dispatch/wire';
import { defined, TurnFigures } from './turn-figures.js';

/** A row of the log before it has its numbers. */
export interface LogRow {
  readonly role: Role;
  readonly chunk: Chunk;
  /** Whether it begins a message; otherwise it goes on with the one before. */
  readonly opens: boolean;
  /** Index of the step it belongs to; null outside of steps. */
  readonly step: number | null;
}

/** What of the running step is not in the log yet. */
export interface Draft {
  readonly step: number;
  /** The assistant's message so far. */
  readonly message: readonly Chunk[];
  /** Results that came before their turn. */
  readonly results: readonly ToolResultChunk[];
}

/** What an event asks for: nothing, to be saved soon, or to be on the disk before it is shown. */
export type Effect = 'nothing' | 'soon' | 'durable';

/** Content of the result given to a call that nobody answered. */
export const interrupted = 'interrupted: the call was not answered before the turn ended';

/**
 * The events of one turn, folded into the rows that stand for them. Pure: no clock, no disk. A step's message enters
 * the log when the step is complete, each result after those of the calls before it.
 */
export class TurnFold {
  /** Rows in order; only ever appended to. */
  readonly rows: LogRow[] = [];
  readonly figures = new TurnFigures();
  #step = 0;
  #message: Chunk[] = [];
  #calls: { id: string; name: string; stepId?: string }[] = [];
  readonly #results = new Map<string, ToolResultChunk>();
  #lastStepId: string | undefined;

  /** Goes on from what a crash has left: the turn's rows in the log, and the draft. */
  static restore(rows: readonly { chunk: Chunk; step: number | null }[], draft: Draft | undefined): TurnFold {
    const fold = new TurnFold();
    for (const { chunk, step } of [...rows, ...(draft?.message ?? []).map((chunk) => ({ chunk, step: draft?.step ?? 0 }))]) {
      fold.#step = Math.max(fold.#step, step ?? 0);
      if (chunk.type === 'tool-call') fold.#expect(chunk.toolCallId, chunk.toolName, chunk.stepId);
      if (chunk.type === 'tool-result') fold.#answered(chunk.toolCallId);
    }
    fold.#message = [...(draft?.message ?? [])];
    for (const result of draft?.results ?? []) fold.#results.set(result.toolCallId, result);
    return fold;
  }

  take(event: TurnEvent): Effect {
    switch (event.type) {
      case 'text-delta':
        return this.#grow('text', event.delta);
      case 'reasoning-delta':
        return this.#grow('thinking', event.delta);
      case 'tool-call': {
        const { toolCallId, toolName, input, stepId } = event;
        if (this.#results.size > 0 && this.#lastStepId !== stepId) this.#flush();
        this.#lastStepId = stepId;
        this.#message.push({ type: 'tool-call', toolCallId, toolName, input, stepId });
        this.#expect(toolCallId, toolName, stepId);
        return 'soon';
      }
      case 'tool-result': {
        const { toolCallId, toolName, content, isError, stepId } = event;
        this.#results.set(toolCallId, { type: 'tool-result', toolCallId, toolName, content, isError, stepId });
        this.#release();
        return 'durable';
      }
      case 'usage':
        this.figures.usage(event.stepId ?? `${event.turnId}#${this.#step}`, event.usage);
        return 'nothing';
      case 'step-complete':
        this.figures.timing(event);
        this.#closeMessage();
        this.#release();
        this.#step++;
        return 'durable';
      case 'steering':
        this.#flush();
        this.#push('user', [{ type: 'text', text: event.text }], null);
        return 'durable';
      case 'error':
        this.#flush();
        this.#push('system', [defined({ type: 'error' as const, message: event.message, code: event.code })], null);
        return 'durable';
      case 'provider-retry':
        if (this.#results.size > 0) this.#flush();
        if (!event.discard) return 'nothing';
        for (const chunk of this.#message) if (chunk.type === 'tool-call') this.#answered(chunk.toolCallId);
        this.#message = [];
        return 'soon';
      case 'done':
        this.figures.done(event);
        return 'nothing';
      default:
        return 'nothing';
    }
  }

  /** Undefined when everything is in the log. */
  draft(): Draft | undefined {
    if (this.#message.length === 0 && this.#results.size === 0) return undefined;
    return { step: this.#step, message: this.#message, results: [...this.#results.values()] };
  }

  /** Moves what is left into the log; a call without a result gets one that says so. */
  finish(): void {
    for (const { id, name, stepId } of this.#calls)
      if (!this.#results.has(id))
        this.#results.set(
          id,
          defined({ type: 'tool-result' as const, toolCallId: id, toolName: name, content: interrupted, isError: true, stepId }),
        );
    this.#flush();
  }

  #grow(type: 'text' | 'thinking', delta: string): Effect {
    if (this.#results.size > 0) this.#flush();
    const last = this.#message[this.#message.length - 1];
    if (last !== undefined && last.type === type) last.text += delta;
    else this.#message.push({ type, text: delta });
    return 'soon';
  }

  #expect(id: string, name: string, stepId: string | undefined): void {
    this.#calls.push({ id, name, stepId });
  }

  #answered(id: string): void {
    const at = this.#calls.findIndex((call) => call.id === id);
    if (at >= 0) this.#calls.splice(at, 1);
  }

  #push(role: Role, chunks: readonly Chunk[], step: number | null): void {
    for (const [i, chunk] of chunks.entries()) this.rows.push({ role, chunk, opens: i === 0, step });
  }

  #closeMessage(): void {
    this.#push('assistant', this.#message, this.#step);
    this.#message = [];
  }

  /** Once the calls are in the log, results follow as far as the order of the calls allows. */
  #release(): void {
    if (this.#message.length > 0) return;
    for (let next = this.#calls[0]; next && this.#results.has(next.id); next = this.#calls[0]) this.#result(next.id);
    if (this.#calls.length === 0) for (const id of [...this.#results.keys()]) this.#result(id);
  }

  /** Everything there is goes to the log: the message, then the results, those of known calls in call order. */
  #flush(): void {
    this.#closeMessage();
    for (const { id } of [...this.#calls]) if (this.#results.has(id)) this.#result(id);
    for (const id of [...this.#results.keys()]) this.#result(id);
  }

  #result(id: string): void {
    const chunk = this.#results.get(id);
    if (!chunk) return;
    this.#results.delete(id);
    this.#answered(id);
    this.#push('tool', [chunk], stepOf(chunk.stepId) ?? this.#step);
  }
}

/** Step ids end in `#<index>`. */
function stepOf(stepId: string | undefined): number | undefined {
  const index = Number(/#(\d+)$/.exec(stepId ?? '')?.[1]);
  return Number.isSafeInteger(index) ? index : undefined;
}
