// The floor: the least that anything in this place can do. POST /chat (NDJSON) → the provider's stream, the history in
// memory, read_file as the one tool; sockets that watch a conversation. No validation, no storage, no authentication.
// node relay.mjs PROVIDER_URL PORT
import { readFile } from 'node:fs/promises';
import { Agent, createServer, request } from 'node:http';
import { acceptSocket, textFrame } from './frames.mjs';

const [providerUrl, port] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const histories = new Map();
const tools = [
  {
    type: 'function',
    function: {
      name: 'read_file',
      description: 'Read a file.',
      parameters: {
        type: 'object',
        properties: { path: { type: 'string' }, offset: { type: 'number' }, limit: { type: 'number' } },
        required: ['path'],
      },
    },
  },
];

/** Asks the model; `take` gets the parsed frames of each piece that the socket brought. */
function ask(messages, take) {
  const body = JSON.stringify({ model: 'mock-1', stream: true, stream_options: { include_usage: true }, messages, tools });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const asked = request(`${providerUrl}/chat/completions`, { method: 'POST', agent, headers }, (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (text) => {
        const frames = (rest + text).split('\n\n');
        rest = frames.pop();
        take(frames.filter((frame) => frame.startsWith('data: {')).map((frame) => JSON.parse(frame.slice(6))));
      });
      response.on('end', resolve).on('error', reject);
    });
    asked.on('error', reject).end(body);
  });
}

async function step(history, write) {
  const calls = [];
  let text = '';
  let usage;
  await ask(history, (frames) => {
    let lines = '';
    for (const frame of frames) {
      usage = frame.usage ?? usage;
      const { content, tool_calls: pieces = [] } = frame.choices[0]?.delta ?? {};
      if (content) {
        text += content;
        lines += line({ type: 'text-delta', delta: content });
      }
      for (const { index, ...call } of pieces) calls[index] = call;
    }
    if (lines) write(lines);
  });
  history.push({ role: 'assistant', content: text || null, ...(calls.length > 0 && { tool_calls: calls }) });
  write(line({ type: 'usage', usage }));
  for (const { id, function: asked } of calls) {
    const { path, offset, limit } = JSON.parse(asked.arguments);
    const content = (await readFile(path, 'utf8'))
      .split('\n')
      .slice(offset - 1, offset - 1 + limit)
      .join('\n');
    history.push({ role: 'tool', tool_call_id: id, content });
    write(line({ type: 'tool-result', toolCallId: id, content, isError: false }));
  }
  return calls.length > 0;
}

const line = (event) => `${JSON.stringify(event)}\n`;

/** One turn; `write` gets whole lines. */
async function turn({ conversationId, message }, write) {
  const history = histories.get(conversationId) ?? [];
  histories.set(conversationId, history);
  history.push({ role: 'user', content: message });
  write(line({ type: 'user-message', text: message }) + line({ type: 'turn-start' }));
  while (await step(history, write));
  write(line({ type: 'done', reason: 'stop' }) + line({ type: 'turn-sealed' }));
}

async function chat(asked, response) {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.socket.setNoDelay(true);
  await turn(asked, (lines) => response.write(lines));
  response.end();
}

/** Sockets by the conversation they watch. */
const watchers = new Map();

function hear(socket, { type, conversationId, message }) {
  const watching = watchers.get(conversationId) ?? new Set();
  watchers.set(conversationId, watching.add(socket));
  socket.once('close', () => watching.delete(socket));
  if (type !== 'chat.send') return;
  turn({ conversationId, message }, (lines) => {
    const frames = lines.split('\n').map((event) => (event ? textFrame(`{"type":"chat.delta","event":${event}}`) : ''));
    const bytes = Buffer.concat(frames.filter(Boolean));
    for (const watcher of watching) watcher.write(bytes);
  }).catch((error) => socket.destroy(error));
}

const server = createServer((incoming, response) => {
  if (incoming.url === '/health') return response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
  let body = '';
  incoming.setEncoding('utf8').on('data', (text) => {
    body += text;
  });
  incoming.on('end', () =>
    chat(JSON.parse(body), response).catch((error) => response.end(line({ type: 'error', message: String(error) }))),
  );
});
server.on('upgrade', (incoming, socket) => acceptSocket(incoming, socket, (text) => hear(socket, JSON.parse(text))));
server.listen(Number(port), '127.0.0.1');
