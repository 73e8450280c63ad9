import type { ChatEvent, Chunk, StoredChunk } from 'dispatch/wire';
import type { Seen } from './scripted-provider.fixture.js';

type Entry = Pick<StoredChunk, 'role' | 'chunk'>;

/** What a client that was shown these events expects to find in the history: results stand in the order of their calls. */
export function historyOf(events: readonly ChatEvent[]): Entry[] {
  const entries: Entry[] = [];
  let calls: string[] = [];
  const results = new Map<string, Chunk>();
  const settle = () => {
    for (const id of calls) entries.push({ role: 'tool', chunk: results.get(id) as Chunk });
    calls = [];
  };
  for (const event of events) {
    const last = entries.at(-1)?.chunk;
    if (event.type === 'user-message') entries.push({ role: 'user', chunk: { type: 'text', text: event.text } });
    if (event.type === 'text-delta') {
      if (last?.type === 'text' && entries.at(-1)?.role === 'assistant') last.text += event.delta;
      else entries.push({ role: 'assistant', chunk: { type: 'text', text: event.delta } });
    }
    if (event.type === 'tool-call') {
      const { toolCallId, toolName, input, stepId } = event;
      entries.push({ role: 'assistant', chunk: { type: 'tool-call', toolCallId, toolName, input, stepId } });
      calls.push(toolCallId);
    }
    if (event.type === 'tool-result') {
      const { toolCallId, toolName, content, isError, stepId } = event;
      results.set(toolCallId, { type: 'tool-result', toolCallId, toolName, content, isError, stepId });
      if (calls.every((id) => results.has(id))) settle();
    }
  }
  return entries;
}

/** Why a provider would refuse this list of messages; undefined when it would not. */
export function problemOf({ messages }: Seen['body']): string | undefined {
  let open = new Set<string>();
  for (const [i, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id ?? '')) return `message ${i}: a result without its call right before`;
      continue;
    }
    if (open.size > 0) return `message ${i}: ${[...open]} unanswered`;
    if (message.role === 'assistant' && !message.content && !message.tool_calls?.length) return `message ${i}: empty`;
    open = new Set(message.tool_calls?.map((call) => call.id));
  }
  return open.size > 0 ? 'the last calls are unanswered' : undefined;
}
