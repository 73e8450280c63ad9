import type { StepPart } from 'dispatch/kernel';
import type { Usage } from 'dispatch/wire';
import { CallOrder } from './call-order.js';
import { type CallPiece, CallSlots, type RawCall } from './call-slots.js';
import { usageFrom } from './usage.js';

interface Delta {
  content?: unknown;
  refusal?: unknown;
  reasoning_content?: unknown;
  reasoning?: unknown;
  reasoning_details?: unknown;
  tool_calls?: unknown;
  function_call?: unknown;
}
interface Chunk {
  choices?: ({ delta?: Delta | null; message?: Delta | null; finish_reason?: unknown; usage?: unknown } | null)[] | null;
  usage?: unknown;
  error?: unknown;
}

/** An `error` frame inside a stream. */
export class ErrorFrame extends Error {
  constructor(readonly frame: unknown) {
    super('the provider sent an error inside the stream');
  }
}

/**
 * Chat completion chunks in, step parts out; a whole completion counts as one big chunk. Survives frames without
 * choices, with a null delta, or with nothing at all. Usage and the finish reason are told at the end, once.
 */
export class ChunkReader {
  private readonly slots = new CallSlots();
  private readonly order = new CallOrder();
  private usage: Usage | undefined;
  private reason: string | undefined;

  /** Whether a finish reason was seen: what breaks after that has lost nothing. */
  get whole(): boolean {
    return this.reason !== undefined;
  }

  /** Adds what the chunk says to `out`. Throws `ErrorFrame`. */
  read(frame: unknown, out: StepPart[]): void {
    if (typeof frame !== 'object' || frame === null) return;
    const chunk = frame as Chunk;
    if (chunk.error) throw new ErrorFrame(chunk.error);
    if (chunk.usage) this.usage = usageFrom(chunk.usage, this.usage);
    const choice = chunk.choices?.[0];
    if (!choice) return;
    if (choice.usage) this.usage = usageFrom(choice.usage, this.usage);
    const delta = choice.delta ?? choice.message;
    if (delta) this.delta(delta, out);
    if (typeof choice.finish_reason === 'string' && choice.finish_reason !== '') this.reason = choice.finish_reason;
  }

  /** The stream is over: what was kept back, usage where it was given, and `finish` where a reason was seen. */
  end(out: StepPart[]): void {
    this.order.end((piece) => out.push(piece));
    if (this.usage) out.push({ type: 'usage', usage: this.usage });
    if (this.reason !== undefined) out.push({ type: 'finish', reason: this.reason });
  }

  private delta(delta: Delta, out: StepPart[]): void {
    const thought = delta.reasoning_content || delta.reasoning || (delta.reasoning_details && thoughtIn(delta.reasoning_details));
    if (typeof thought === 'string' && thought !== '') out.push({ type: 'thinking', text: thought });
    const { content } = delta;
    if (typeof content === 'string') {
      if (content !== '') out.push({ type: 'text', text: content });
    } else if (Array.isArray(content)) for (const part of content) this.contentPart(part, out);
    if (typeof delta.refusal === 'string' && delta.refusal !== '') out.push({ type: 'text', text: delta.refusal });
    const emit = (piece: CallPiece) => out.push(piece);
    if (Array.isArray(delta.tool_calls)) {
      for (const raw of delta.tool_calls)
        if (typeof raw === 'object' && raw !== null) this.order.take(this.slots.place(raw as RawCall), emit);
    } else if (typeof delta.function_call === 'object' && delta.function_call !== null)
      this.order.take(this.slots.place({ index: 0, function: delta.function_call as RawCall['function'] }), emit);
  }

  /** Mistral's spelling: `[{ type: 'text', text }, { type: 'thinking', thinking: [{ type: 'text', text }] }]`. */
  private contentPart(part: unknown, out: StepPart[]): void {
    const { text, thinking } = (part ?? {}) as { text?: unknown; thinking?: unknown };
    if (typeof text === 'string' && text !== '') out.push({ type: 'text', text });
    const thoughts = Array.isArray(thinking) ? thinking.map((each) => each?.text ?? '').join('') : thinking;
    if (typeof thoughts === 'string' && thoughts !== '') out.push({ type: 'thinking', text: thoughts });
  }
}

/** OpenRouter's spelling: `[{ type: 'reasoning.text', text }, { type: 'reasoning.summary', summary }]`; what is encrypted is left out. */
function thoughtIn(details: unknown): string {
  if (!Array.isArray(details)) return '';
  const texts = details.flatMap((each): unknown[] => (typeof each === 'object' && each !== null ? [each.text ?? each.summary] : []));
  return texts.filter((text) => typeof text === 'string').join('');
}
