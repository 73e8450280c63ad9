type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const longest = 500;

/** What a provider says of an error, from its answer (parsed JSON, or text): its own message, else a short excerpt. */
export function providerWords(answer: unknown): string {
  const said = message(answer, 0) ?? (typeof answer === 'string' ? plain(answer) : shown(answer));
  const words = said.replace(/\s+/g, ' ').trim();
  return words.length > longest ? `${words.slice(0, longest)}…` : words;
}

function message(answer: unknown, depth: number): string | undefined {
  if (depth > 4 || !isFields(answer)) return undefined;
  if (Array.isArray(answer)) return message(answer[0], depth + 1);
  for (const key of ['error', 'message', 'detail', 'msg', 'errors', 'error_description']) {
    const value = answer[key];
    if (typeof value === 'string' && value.trim() !== '') return value;
    const inner = message(value, depth + 1);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

const shown = (answer: unknown): string => (answer === undefined || answer === null ? '' : JSON.stringify(answer));

/** Text without HTML. */
function plain(text: string): string {
  if (!/<[a-z!/][^>]*>/i.test(text)) return text;
  return text
    .replace(/<(script|style|head)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(nbsp|lt|gt|amp|quot|#39);/g, (_, name: string) => entities[name] as string);
}

const entities: Record<string, string> = { nbsp: ' ', lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };
