/** One thing to be done with a tool. */
export type Request =
  | { do: 'read'; path: string }
  | { do: 'list'; path: string }
  | { do: 'run'; command: string }
  | { do: 'write'; path: string; text: string; overwrite: boolean }
  | { do: 'todo'; items: { content: string; done: boolean }[] }
  | { do: 'use'; tool: string; input: Record<string, unknown> };

/** What a message asks for, as far as it can be told without a language model. */
export interface Wish {
  wants: 'help' | 'requests' | 'failure' | 'talk';
  /** In the order they stand; empty unless `wants` is `requests`. */
  requests: Request[];
  /** What kind of failure; `''` for the plain one. */
  failure: string;
  /** Answer with long pauses. */
  slow: boolean;
  /** Think aloud first. */
  reason: boolean;
}

const path = String.raw`(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"'][^\s]*))`;
const readLine = new RegExp(String.raw`^(?:read|show)\s+(?:the\s+)?(?:file\s+)?${path}$`, 'i');
const listLine = new RegExp(String.raw`^(?:list|ls)(?:\s+(?:the\s+)?(?:(?:files|folder|directory)\s+)?(?:(?:in|of)\s+)?${path})?$`, 'i');
const writeRest = /^(write|overwrite)\s+(?:"([^"\n]+)"|'([^'\n]+)'|([^\s:"']+)):[ \t]?([\s\S]*)$/i;

/**
 * Understands `help`, `fail …`, `read FILE`, `list DIR`, `run CMD`, `write FILE: TEXT`, `todo A; B`, `use TOOL {…}`, one a
 * line; the text of `write` goes on to the end. «please», «slowly» and «reason» may stand before; «slowly» and «reason» count anywhere.
 */
export function understand(message: string): Wish {
  const wish: Wish = {
    wants: 'talk',
    requests: [],
    failure: '',
    slow: /\bslowly\b/i.test(message),
    reason: /\b(reason|reasoning|think aloud)\b/i.test(message),
  };
  const text = message.trim().replace(/^(?:(?:please|slowly|reason|think aloud)\b[\s,:]*)+/i, '');
  if (/^(help|\?|what can you do\??)[.!]?$/i.test(text)) return { ...wish, wants: 'help' };
  const failing = /^fail(?:\s+(?:with\s+)?(\w+))?[.!]?$/i.exec(text);
  if (failing) return { ...wish, wants: 'failure', failure: (failing[1] ?? '').toLowerCase() };
  const requests = requestsIn(text);
  return requests && requests.length > 0 ? { ...wish, wants: 'requests', requests } : wish;
}

/** Undefined as soon as one line is no request. */
function requestsIn(text: string): Request[] | undefined {
  const requests: Request[] = [];
  const lines = text.split('\n');
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const write = writeRest.exec(lines.slice(i).join('\n').trimStart());
    if (write) {
      const [, verb = '', double, single, bare, content = ''] = write;
      const overwrite = verb.toLowerCase() === 'overwrite';
      return [...requests, { do: 'write', path: double ?? single ?? bare ?? '', text: content, overwrite }];
    }
    const request = lineRequest(line.trim());
    if (!request) return undefined;
    requests.push(request);
  }
  return requests;
}

function lineRequest(line: string): Request | undefined {
  const run = /^run[:\s]\s*(.+)$/i.exec(line)?.[1];
  if (run !== undefined) return { do: 'run', command: run.replace(/^`(.+)`$/, '$1') };
  const todo = /^todo[:\s]\s*(.+)$/i.exec(line)?.[1];
  if (todo !== undefined) return { do: 'todo', items: items(todo) };
  const use = /^use\s+([\w-]+)(?:\s+(\{.*\}))?$/i.exec(line);
  if (use) return used(use[1] ?? '', use[2] ?? '{}');
  const bare = line.replace(/(?:\s+(?:please|slowly))*[.!]?$/i, (end) => (/^[.!]$/.test(end) ? end : ''));
  const read = readLine.exec(bare);
  if (read) return { do: 'read', path: quoted(read) };
  const list = listLine.exec(bare);
  return list ? { do: 'list', path: quoted(list) || '.' } : undefined;
}

/** Undefined when the input is no JSON object. */
function used(tool: string, json: string): Request | undefined {
  try {
    return { do: 'use', tool, input: JSON.parse(json) };
  } catch {
    return undefined;
  }
}

const quoted = (match: RegExpExecArray): string => match[1] ?? match[2] ?? match[3] ?? '';

const items = (text: string): { content: string; done: boolean }[] =>
  text
    .split(';')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => ({ content: item.replace(/^\[[x ]?\]\s*/i, ''), done: /^\[x\]/i.test(item) }));
