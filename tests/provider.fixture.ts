import type { ChatEvent } from 'dispatch/wire';
import {
  begin,
  frame,
  json,
  lastFrame,
  type Received,
  type Reply,
  type ScriptedProvider,
  scriptedProvider,
  sse,
} from '../plugins/provider-openai-compat/scripted-provider.fixture.js';

export { begin, frame, json, lastFrame, sse };

/** A provider whose every byte a test decides; its list of models it answers by itself. */
export interface RawProvider extends ScriptedProvider {
  /** How the next chat completions are answered, by their number since this was set. */
  answer(reply: Reply): void;
  /** Chat completions since then. */
  asked(): Received[];
}

export async function rawProvider(): Promise<RawProvider> {
  let reply: Reply = (response) => sse(response, frame({ content: 'ok' }, 'stop'), lastFrame);
  let asked: Received[] = [];
  const server = await scriptedProvider((response, request) => {
    if (request.method === 'GET') return json(response, 200, { data: [{ id: 'm' }] });
    return reply(response, request, asked.push(request) - 1);
  });
  return Object.assign(server, {
    answer(next: Reply) {
      reply = next;
      asked = [];
    },
    asked: () => asked,
  });
}

/** The whole answer `text`. */
export const says =
  (text: string): Reply =>
  (response) =>
    sse(response, frame({ content: text }), frame({}, 'stop'), lastFrame);

/** One delta with pieces of tool calls. */
export const pieces = (...calls: { index?: number; id?: string; name?: string; args?: string }[]): string =>
  frame({ tool_calls: calls.map(({ index, id, name, args }) => ({ index, id, type: 'function', function: { name, arguments: args } })) });

export const of = <T extends ChatEvent['type']>(events: readonly ChatEvent[], type: T) =>
  events.filter((event) => event.type === type) as Extract<ChatEvent, { type: T }>[];

/** Something that a test lets go on. */
export function gate(): { open(): void; opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** Waits for what has no event of its own. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}
