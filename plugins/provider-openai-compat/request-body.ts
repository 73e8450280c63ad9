import type { StepRequest } from 'dispatch/kernel';
import { messageList } from './message-list.js';
import type { Quirk } from './quirks.js';
import { toolJson } from './tool-json.js';

const efforts = { low: 'low', medium: 'medium', high: 'high', xhigh: 'high', max: 'high' } as const;

/** The body of a chat completion request, put together from pieces that are made only once. */
export function requestBody(request: StepRequest, quirks: ReadonlySet<Quirk>): Buffer {
  const messages = messageList(request.messages, { thoughts: quirks.has('wants-thoughts'), images: !quirks.has('no-images') });
  const fields: string[] = [];
  if (request.tools.length > 0) fields.push(`"tools":[${request.tools.map(toolJson).join(',')}]`);
  fields.push('"stream":true');
  if (!quirks.has('no-stream-options')) fields.push('"stream_options":{"include_usage":true}');
  if (request.effort !== undefined && !quirks.has('no-effort')) fields.push(`"reasoning_effort":"${efforts[request.effort]}"`);
  if (request.maxOutputTokens !== undefined) {
    const name = quirks.has('max-completion-tokens') ? 'max_completion_tokens' : 'max_tokens';
    fields.push(`"${name}":${request.maxOutputTokens}`);
  }
  const pieces = [`{"model":${JSON.stringify(request.model)},"messages":[`, ...messages, `],${fields.join(',')}}`];
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}
