// A language server that misbehaves: by its mode, and as the text of the file it is shown asks it to. Needs nothing but Node.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const [mode = ''] = process.argv.slice(2);
if (process.env.ODD_PIDS) writeFileSync(process.env.ODD_PIDS, `${process.pid}\n`, { flag: 'a' });
process.stderr.write(`odd server ${process.pid} begins\n`);
if (mode === 'exit') {
  process.stderr.write('\u001b[31mno licence\u001b[0m found\n');
  process.exit(3);
}
if (mode === 'stay') {
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(signal, () => undefined);
  setInterval(() => undefined, 1000);
  spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
}

const write = (text) => process.stdout.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
const send = (message) => write(JSON.stringify({ jsonrpc: '2.0', ...message }));
const at = (line, character, end = character + 1) => ({ start: { line, character }, end: { line, character: end } });
const texts = new Map();
const answers = [];
let opened = 0;
let most = 0;

/** Writes without end, as fast as it is read. */
const pour = (piece) => {
  const more = () => {
    while (process.stdout.write(piece));
    process.stdout.once('drain', more);
  };
  more();
};
const framed = (text) => `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;

const misdeeds = {
  flood: () => pour(framed('{"jsonrpc":"2.0","method":"window/logMessage","params":{"type":1,"message":"x"}}').repeat(500)),
  endless: () => pour('y'.repeat(65_536)),
  huge: () => process.stdout.write(`Content-Length: 99999999999\r\n\r\n`),
  junk: () => {
    for (const text of ['{', '[]', '5', 'null', '{"jsonrpc":"2.0","id":"?","result":5}', '{"id":null,"error":{}}', '{"jsonrpc":"2.0"}'])
      write(text);
  },
  crash: () => process.kill(process.pid, 'SIGKILL'),
  stuck: () => {
    for (;;);
  },
  odd: () => undefined,
};

/** A line `error: words` is an error there; other shapes are thrown in. */
const problems = (text) => [
  { range: 5, message: 'no range' },
  null,
  ...text.split('\n').flatMap((line, i) => {
    const found = /error: (.*)/.exec(line);
    return found ? [{ range: at(i, found.index), severity: 1, message: found[1], code: 7, source: 'odd\u001b[31m' }] : [];
  }),
];

const publish = (uri, version) => {
  if (mode === 'silent' || mode === 'pull') return;
  const params = { uri, diagnostics: problems(texts.get(uri) ?? '') };
  send({ method: 'textDocument/publishDiagnostics', params: mode === 'versions' ? { ...params, version } : params });
};

const seen = ({ uri, version }, text) => {
  texts.set(uri, text);
  for (const [word, run] of Object.entries(misdeeds)) if (text.includes(`do ${word}`)) run();
  if (mode === 'versions') {
    // Late news of the text before comes after this one was sent.
    send({ method: 'textDocument/publishDiagnostics', params: { uri, version: version - 1, diagnostics: problems('error: stale') } });
    setTimeout(() => publish(uri, version), 400);
  } else publish(uri, version);
};

const ask = (method, params) => send({ id: `ask-${method}`, method, params });

const requests = {
  initialize: (id, params) => {
    if (mode === 'mute') return;
    const result = {
      capabilities: {
        ...(mode === 'bytes' && { positionEncoding: 'utf-8' }),
        hoverProvider: true,
        definitionProvider: true,
        referencesProvider: true,
        documentSymbolProvider: true,
        ...(mode === 'pull' && { diagnosticProvider: { interFileDependencies: true, workspaceDiagnostics: false } }),
      },
    };
    const answer = () => send({ id, result });
    if (mode === 'late') setTimeout(answer, 1_500);
    else answer();
    globalThis.began = params;
  },
  shutdown: (id) => send({ id, result: null }),
  'textDocument/diagnostic': (id, { textDocument }) => {
    if (!globalThis.cancelledOnce) {
      globalThis.cancelledOnce = true;
      send({ id, error: { code: -32_802, message: 'busy', data: { retriggerRequest: true } } });
      return;
    }
    send({ id, result: { kind: 'full', items: problems(texts.get(textDocument.uri) ?? '') } });
  },
  'textDocument/hover': (id, { textDocument, position }) => {
    const text = texts.get(textDocument.uri) ?? '';
    if (text.includes('hover hang')) return;
    if (text.includes('hover big')) return void send({ id, result: { contents: 'b'.repeat(300_000) } });
    if (text.includes('hover no result')) return void send({ id });
    if (text.includes('hover env')) return void send({ id, result: { contents: JSON.stringify(process.env) } });
    if (text.includes('hover state'))
      return void send({
        id,
        result: { contents: JSON.stringify({ pid: process.pid, open: opened, most, answers, began: globalThis.began }) },
      });
    send({ id, result: { contents: [{ language: 'odd', value: JSON.stringify(position) }, 5, { kind: 'markdown' }] } });
  },
  'textDocument/definition': (id) =>
    send({ id, result: [{ uri: 'file:///etc/passwd', range: at(0, 0) }, { uri: 'odd://x', range: at(0, 3) }, { uri: 7 }, null] }),
  'textDocument/references': (id, { textDocument }) =>
    send({ id, result: Array.from({ length: 4_000 }, (_, i) => ({ uri: textDocument.uri, range: at(i % 300, i % 7) })) }),
  'textDocument/documentSymbol': (id) => {
    let symbol = { name: 'deep', kind: 12, range: at(0, 0), selectionRange: at(0, 0), children: [] };
    for (let i = 0; i < 500; i++) symbol = { ...symbol, name: `n${i}`, children: [symbol] };
    send({ id, result: [symbol, { name: 'flat\u001b]0;x\u0007', kind: 99, location: { uri: 'x', range: at(1, 0) } }, { name: 5 }] });
  },
};

const notifications = {
  initialized: () => {
    if (mode !== 'asks') return;
    ask('workspace/configuration', { items: [{ section: 'odd.depth' }, { section: 'none' }, {}, { section: '__proto__.x' }] });
    ask('client/registerCapability', { registrations: [{ id: 'r', method: 'textDocument/foo' }, 5] });
    ask('client/unregisterCapability', { unregisterations: [{ id: 'r', method: 'textDocument/foo' }] });
    ask('window/workDoneProgress/create', { token: 1 });
    ask('window/showMessageRequest', { type: 1, message: 'really?', actions: [{ title: 'yes' }] });
    ask('window/showDocument', { uri: 'https://evil.example/' });
    ask('workspace/workspaceFolders');
    ask('workspace/applyEdit', { edit: { changes: {} } });
    ask('odd/unknown', {});
  },
  exit: () => mode !== 'stay' && process.exit(0),
  'textDocument/didOpen': ({ textDocument }) => {
    opened++;
    most = Math.max(most, opened);
    seen(textDocument, textDocument.text);
  },
  'textDocument/didChange': ({ textDocument, contentChanges }) => seen(textDocument, contentChanges[0].text),
  'textDocument/didClose': ({ textDocument }) => {
    opened--;
    texts.delete(textDocument.uri);
  },
};

let rest = Buffer.alloc(0);
process.stdin.on('data', (chunk) => {
  rest = Buffer.concat([rest, chunk]);
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(rest.toString('latin1', 0, end))[1]);
    if (rest.length < end + 4 + length) return;
    const { id, method, params, ...answer } = JSON.parse(rest.toString('utf8', end + 4, end + 4 + length));
    rest = rest.subarray(end + 4 + length);
    if (method === undefined) answers.push([id, answer.result ?? answer.error?.code ?? null]);
    else if (requests[method]) requests[method](id, params);
    else notifications[method]?.(params);
  }
});
process.stdin.on('end', () => mode !== 'stay' && process.exit(0));
