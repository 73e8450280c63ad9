import type { Chunk, Role, StepMetrics, TurnEvent, Usage } from 'dispatch/wire';

/** A turn that has ended, as it is stored. */
export interface StoredTurn {
  id: string;
  /** Its part of the log. */
  rows: readonly { role: Role; chunk: Chunk; step: number | null }[];
  steps: readonly StepMetrics[];
  reason: string;
  usage: Usage | undefined;
  durationMs: number | undefined;
  contextSize: number | undefined;
}

/**
 * The events of an ended turn, in the order of the contract, as its log tells them: a text is one delta, and what is
 * never stored (live output of tools, waits before a retry) is missing. Pure.
 */
export function toldAgain(conversationId: string, turn: StoredTurn): TurnEvent[] {
  const of = { conversationId, turnId: turn.id };
  const events: TurnEvent[] = [
    { type: 'user-message', ...of, text: promptOf(turn.rows) },
    { type: 'turn-start', ...of },
  ];
  const steps = [...turn.steps];
  /** Ends the steps up to this one, each once all of its message has been told. */
  const complete = (step: number) => {
    for (let next = steps[0]; next && indexOf(next.stepId) <= step; next = steps[0]) {
      const { stepId, usage, ...times } = next;
      events.push({ type: 'usage', ...of, stepId, usage }, { type: 'step-complete', ...of, stepId, ...times });
      steps.shift();
    }
  };
  let last = -1;
  for (const { role, chunk, step } of turn.rows.slice(leading(turn.rows))) {
    last = Math.max(last, step ?? last);
    complete(role === 'assistant' ? last - 1 : last);
    events.push(...eventOf(of, role, chunk, `${turn.id}#${last}`));
  }
  complete(Number.POSITIVE_INFINITY);
  const { reason, durationMs, usage, contextSize } = turn;
  events.push({ type: 'done', ...of, reason, durationMs, ...(turn.steps.length > 0 && { usage }), contextSize });
  events.push({ type: 'turn-sealed', ...of });
  return events;
}

type Of = { conversationId: string; turnId: string };

function eventOf(of: Of, role: Role, chunk: Chunk, step: string): TurnEvent[] {
  switch (chunk.type) {
    case 'text':
      return [role === 'user' ? { type: 'steering', ...of, text: chunk.text } : { type: 'text-delta', ...of, delta: chunk.text }];
    case 'thinking':
      return [{ type: 'reasoning-delta', ...of, delta: chunk.text }];
    case 'tool-call':
    case 'tool-result':
      return [{ ...chunk, type: chunk.type, ...of, stepId: chunk.stepId ?? step } as TurnEvent];
    case 'error':
      return [{ ...chunk, ...of }];
    default:
      return [];
  }
}

/** How many rows the prompt has: its text, then its images. */
function leading(rows: StoredTurn['rows']): number {
  const end = rows.findIndex(({ role, chunk }, i) => role !== 'user' || (i > 0 && chunk.type !== 'image'));
  return end < 0 ? rows.length : end;
}

const promptOf = ([first]: StoredTurn['rows']): string => (first?.chunk.type === 'text' ? first.chunk.text : '');

/** Step ids end in `#<index>`. */
const indexOf = (stepId: string): number => Number(stepId.slice(stepId.lastIndexOf('#') + 1)) || 0;
