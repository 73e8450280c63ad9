// A deterministic OpenAI-compatible provider in a process of its own, on loopback. What it does is said by a marker in
// the last user message:
//
//   #bench tag=a1 tokens=5000 delay=0 chain=20
//
// tokens: text deltas of the answer, four characters each; delay: milliseconds between two of them (0 = as fast as the
// socket takes them, 16 a write); stamp=1: each delta ends in its number and the time it is written, after `size`
// characters; chain: so many steps first that each ask for one read_file of bench.txt, every time from another
// line. GET /records?tag=a1 tells, per request, when it arrived and its first and last byte were written.
import { createServer } from 'node:http';
import { now, sleep } from './clock.mjs';

const perWrite = 16;
const piece = 'tok ';
/** Request times by tag. */
const records = new Map();

/** The marker of the last user message, and how many tool results came after it. */
function scenario(messages) {
  const at = messages.findLastIndex(({ role }) => role === 'user');
  const { content } = messages[at] ?? {};
  const text = typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('\n');
  const marker = /#bench ([^\n]*)/.exec(text)?.[1] ?? '';
  const said = Object.fromEntries(marker.split(' ').map((pair) => pair.split('=')));
  return {
    tag: said.tag ?? '',
    tokens: Number(said.tokens ?? 1),
    delay: Number(said.delay ?? 0),
    chain: Number(said.chain ?? 0),
    size: Number(said.size ?? 0),
    stamp: said.stamp === '1',
    toolResults: messages.slice(at + 1).filter(({ role }) => role === 'tool').length,
  };
}

const frame = (delta, finish = null) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'mock-1', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

const closing = (finish, tokens) =>
  `${frame({}, finish)}data: ${JSON.stringify({
    ...{ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'mock-1', choices: [] },
    usage: { prompt_tokens: 100, completion_tokens: tokens, total_tokens: 100 + tokens },
  })}\n\ndata: [DONE]\n\n`;

const readCall = (index) => ({
  tool_calls: [
    {
      index: 0,
      id: `call_${index}`,
      type: 'function',
      function: { name: 'read_file', arguments: JSON.stringify({ path: 'bench.txt', offset: index + 1, limit: 10 }) },
    },
  ],
});

async function complete(response, body, record) {
  const { tag, tokens, delay, chain, size, stamp, toolResults } = scenario(JSON.parse(body).messages);
  records.set(tag, [...(records.get(tag) ?? []), record]);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.socket?.setNoDelay(true);
  response.write(frame({ role: 'assistant', content: '' }));
  record.first = now();
  if (toolResults < chain) {
    response.write(frame(readCall(toolResults)));
    return end(response, record, closing('tool_calls', 10));
  }
  const plain = frame({ content: piece });
  const pad = 'x'.repeat(size);
  /** Some deltas: all the same, or each with its number and the time it is written. */
  const some = (from, count) =>
    stamp
      ? Array.from({ length: count }, (_, i) => frame({ content: `${pad}${from + i}@${now().toFixed(3)} ` })).join('')
      : plain.repeat(count);
  const batch = delay > 0 ? 1 : perWrite;
  for (let sent = 0; sent < tokens && !response.closed; sent += batch) {
    if (sent > 0 && delay > 0) await sleep(record.first + sent * delay - now());
    if (!response.write(some(sent, Math.min(batch, tokens - sent)))) await drained(response);
  }
  end(response, record, closing('stop', tokens));
}

function end(response, record, text) {
  record.last = now();
  response.end(text);
}

/** A response whose reader went away never drains. */
const drained = (response) =>
  new Promise((resolve) => {
    const go = () => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });

const server = createServer((request, response) => {
  const record = { arrived: now() };
  const { pathname, searchParams } = new URL(request.url, 'http://provider');
  const answer = (value) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    if (pathname.endsWith('/chat/completions')) {
      complete(response, Buffer.concat(parts).toString(), record).catch((error) => response.destroy(error));
    } else if (pathname.endsWith('/models')) {
      answer({ object: 'list', data: [{ id: 'mock-1', object: 'model', created: 1, owned_by: 'bench' }] });
    } else if (pathname === '/records') {
      const tag = searchParams.get('tag') ?? '';
      answer(records.get(tag) ?? []);
      records.delete(tag);
    } else response.writeHead(404).end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
