// A server on pipes that hides children as soon as it starts, and is deaf to all signals that can be ignored and to the
// end of its input: node deaf-server.fixture.mjs mcp|lsp MARK. It speaks just enough of its protocol to be used; its
// tool "wait", or a question about a document, is never answered.
import { spawn } from 'node:child_process';

const [protocol, mark] = process.argv.slice(2);
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(signal, () => undefined);
setInterval(() => undefined, 60_000);

const hide = (command) => spawn('sh', ['-c', command], { stdio: 'ignore', detached: true }).unref();
hide(`sleep ${mark}1 &`);
hide(`(setsid sh -c "sleep ${mark}2 & exit" &)`);
hide(`trap '' TERM HUP INT; while :; do sleep ${mark}3; done`);

const tool = { name: 'wait', description: 'Waits.', inputSchema: { type: 'object', properties: {} } };
const answers = {
  mcp: {
    initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'deaf', version: '1' } }),
    ping: () => ({}),
    'tools/list': () => ({ tools: [tool] }),
  },
  lsp: { initialize: () => ({ capabilities: { textDocumentSync: 1, hoverProvider: true } }), shutdown: () => null },
}[protocol];

const send = (message) => {
  const text = JSON.stringify({ jsonrpc: '2.0', ...message });
  process.stdout.write(protocol === 'mcp' ? `${text}\n` : `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
};
function take(text) {
  const { id, method, params } = JSON.parse(text);
  const result = answers[method]?.(params);
  if (id !== undefined && result !== undefined) send({ id, result });
}

let rest = Buffer.alloc(0);
/** The next whole message, without its frame. */
function next() {
  const end = rest.indexOf(protocol === 'mcp' ? '\n' : '\r\n\r\n');
  if (end < 0) return undefined;
  const [from, length] =
    protocol === 'mcp' ? [0, end + 1] : [end + 4, Number(/Content-Length: (\d+)/i.exec(rest.toString('latin1', 0, end))[1])];
  if (rest.length < from + length) return undefined;
  const text = rest.toString('utf8', from, from + length);
  rest = rest.subarray(from + length);
  return text;
}
process.stdin
  .on('error', () => undefined)
  .on('data', (data) => {
    rest = Buffer.concat([rest, data]);
    for (let text = next(); text !== undefined; text = next()) take(text);
  });
