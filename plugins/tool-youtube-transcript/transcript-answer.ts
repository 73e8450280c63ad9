/** What the transcriber said, told apart. */
export type TranscriptAnswer =
  | { state: 'completed'; title?: string; text: string }
  | { state: 'queued'; details: string }
  | { state: 'failed'; reason: string };

type Json = Record<string, unknown>;

const done = /^(completed?|done|finished|success(ful)?|ok|ready)$/i;
const waiting = /^(queued|pending|waiting|accepted|started|running|processing|transcribing|downloading|in[_ -]?progress)$/i;

/** Reads an answer of the transcriber: its state, or what can be told from its status and what it holds. */
export function transcriptAnswer(status: number, json: unknown): TranscriptAnswer {
  const answer = json !== null && typeof json === 'object' ? (json as Json) : {};
  const inner = answer.data !== null && typeof answer.data === 'object' && !Array.isArray(answer.data) ? (answer.data as Json) : {};
  const all: Json = { ...inner, ...answer };
  const state = firstText(all.status, all.state);
  const text = textOf(all.transcript ?? all.text ?? all.segments ?? inner.transcript);
  if (status >= 400) return { state: 'failed', reason: reasonIn(all) ?? `the transcriber answered ${status}` };
  if (waiting.test(state) || status === 202) return { state: 'queued', details: detailsIn(all) };
  if (text !== undefined && (state === '' || done.test(state)))
    return { state: 'completed', text, ...(typeof all.title === 'string' && { title: all.title.replace(/\s+/g, ' ').trim() }) };
  const fallback = done.test(state)
    ? 'the transcriber is done, but there is no transcript in its answer'
    : `the transcriber answered ${state || 'nothing of use'}`;
  return { state: 'failed', reason: reasonIn(all) ?? fallback };
}

/** A whole text, or its pieces with or without the second they begin at. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return textOf((value as Json).text ?? (value as Json).segments);
  if (!Array.isArray(value)) return undefined;
  const lines = value.flatMap((each: unknown) => {
    const { text = each, start } = Object(each) as { text?: unknown; start?: unknown };
    if (typeof text !== 'string' || text.trim() === '') return [];
    return [typeof start === 'number' && start >= 0 ? `[${clock(start)}] ${text.trim()}` : text.trim()];
  });
  return lines.join('\n');
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, '0'));
  return (parts[0] === '00' ? parts.slice(1) : parts).join(':');
}

function reasonIn({ error, message, reason, detail }: Json): string | undefined {
  const nested = error !== null && typeof error === 'object' ? (error as Json).message : error;
  return firstText(nested, message, reason, detail).slice(0, 500) || undefined;
}

function detailsIn(all: Json): string {
  const { position, progress } = all;
  const parts = [
    typeof position === 'number' ? `position ${position}` : '',
    typeof progress === 'number' ? `${Math.round(progress <= 1 ? progress * 100 : progress)} % done` : '',
    firstText(all.message).slice(0, 300),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const firstText = (...values: unknown[]): string =>
  values.find((value): value is string => typeof value === 'string' && value.trim() !== '') ?? '';
