// The provider of the soak, in the bench's own process. The last user message says what the model does:
//   tools   reads count.txt, edits the number it found there, asks a shell for it, says it
//   talk    streams a hundred deltas, ten milliseconds apart
//   shell   runs a command that stays
// Anything else, such as a request for a summary, is answered in a few words.
import { createServer } from 'node:http';
import { sleep } from './clock.mjs';

const chunk = (delta, finish = null) => `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const usage = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 20 } })}\n\ndata: [DONE]\n\n`;

const callOf = (name, args, id) =>
  chunk({ tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: JSON.stringify(args) } }] });

/** What is done in a step, given what the tools have answered since the user spoke. */
function plan(kind, file, results) {
  if (kind === 'shell') return results.length === 0 ? ['run_shell', { command: 'echo begun; sleep 60' }] : 'stopped';
  if (kind !== 'tools') return 'All is well, and nothing else is to be said.';
  if (results.length === 0) return ['read_file', { path: file }];
  const count = Number(/count=(\d+)/.exec(results[0])?.[1]);
  if (results.length === 1) return ['edit_file', { path: file, oldString: `count=${count}`, newString: `count=${count + 1}` }];
  if (results.length === 2) return ['run_shell', { command: `grep -o 'count=[0-9]*' ${file}; seq 1 200` }];
  return `It says ${/count=\d+/.exec(results[2])?.[0]}, and it was ${count}.`;
}

const textOf = (content) => (typeof content === 'string' ? content : (content ?? []).map(({ text = '' }) => text).join(''));

async function answer(response, { messages }, nth) {
  const at = messages.findLastIndex(({ role }) => role === 'user');
  const [, kind = '', file = ''] = /^#soak (\w+) (\S+)/.exec(textOf(messages[at]?.content)) ?? [];
  const results = messages
    .slice(at + 1)
    .filter(({ role }) => role === 'tool')
    .map(({ content }) => textOf(content));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk({ role: 'assistant', content: '' }));
  if (kind === 'talk') {
    for (let n = 0; n < 100 && !response.destroyed; n++) {
      response.write(chunk({ content: `word${n} ` }));
      await sleep(10);
    }
    return response.end(chunk({}, 'stop') + usage);
  }
  const next = plan(kind, file, results);
  if (typeof next === 'string') return response.end(chunk({ content: next }) + chunk({}, 'stop') + usage);
  response.end(callOf(...next, `call_${nth}`) + chunk({}, 'tool_calls') + usage);
}

/** Starts it; `open` tells how many requests are being answered, `rest` closes the connections that are kept for later. */
export async function startSoakProvider() {
  let nth = 0;
  const open = new Set();
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      if (request.url.endsWith('/models')) return response.end(JSON.stringify({ data: [{ id: 'mock-1' }] }));
      open.add(response);
      response.on('close', () => open.delete(response));
      answer(response, JSON.parse(Buffer.concat(parts)), ++nth).catch((error) => response.destroy(error));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    open: () => open.size,
    rest: () => server.closeIdleConnections(),
    close: () => server.close(),
  };
}
