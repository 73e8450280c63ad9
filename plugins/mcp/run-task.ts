import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import * as z from 'zod';
import type { CallOptions } from './call-options.js';
import type { CallResult } from './result-text.js';

interface CallRequest {
  method: 'tools/call';
  params: { name: string; arguments: Record<string, unknown> };
}

const result = z.looseObject({});

/** Calls a tool as a task: asks after it until it is done. When nobody waits any more, it is cancelled. */
export async function runTask(client: Client, request: CallRequest, options: CallOptions): Promise<CallResult> {
  const { signal, silenceMs, limitMs, progress } = options;
  const { tasks } = client.experimental;
  const over = new AbortController();
  const stop = () => over.abort(signal.reason);
  signal.addEventListener('abort', stop);
  const late = setTimeout(() => over.abort(new Error(`the task took longer than ${limitMs} ms`)), limitMs);
  let taskId: string | undefined;
  try {
    for await (const message of tasks.requestStream(request, result, { signal: over.signal, timeout: silenceMs, task: {} })) {
      if (message.type === 'error') throw message.error;
      if (message.type === 'result') return message.result;
      taskId = message.task.taskId;
      if (message.type === 'taskStatus') progress(`${message.task.status} ${message.task.statusMessage ?? ''}`);
    }
    throw new Error('the task ended without a result');
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', stop);
    if (over.signal.aborted && taskId !== undefined) tasks.cancelTask(taskId).catch(() => undefined);
  }
}
