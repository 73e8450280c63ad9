// A server that speaks MCP over its pipes and misbehaves as its tools are asked to. Needs nothing but Node.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [mode = ''] = process.argv.slice(2);
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const text = (id, words) => send({ id, result: { content: [{ type: 'text', text: words }] } });
const tool = (name, description = `Does ${name}.`) => ({ name, description, inputSchema: { type: 'object', properties: {} } });
let tools = [
  'echo',
  'crash',
  'hang',
  'stuck',
  'flood',
  'endless',
  'junk',
  'big',
  'huge',
  'env',
  'detach',
  'slow',
  'more',
  'spam',
  'pid',
].map((name) => tool(name));
tools.push({ name: 'bad' }, { inputSchema: {} }, { name: 'text', inputSchema: 'no' });
let cancelled = 0;

process.stderr.write(`odd server ${process.pid} begins\n`);
if (process.env.ODD_PIDS) writeFileSync(process.env.ODD_PIDS, `${process.pid}\n`, { flag: 'a' });
if (mode === 'exit') {
  process.stderr.write('\u001b[31mno licence\u001b[0m found\n');
  process.exit(3);
}
if (mode === 'stay') for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(signal, () => undefined);
// Lives on when its input ends.
if (mode === 'stay') setInterval(() => undefined, 1000);

const does = {
  echo: (id, input) => text(id, `echo ${JSON.stringify(input)}`),
  pid: (id) => text(id, String(process.pid)),
  crash: () => process.kill(process.pid, 'SIGKILL'),
  hang: () => undefined,
  stuck: () => {
    for (;;);
  },
  flood: () => {
    const line = `${'x'.repeat(1023)}\n`.repeat(64);
    const more = () => {
      while (process.stdout.write(line));
      process.stdout.once('drain', more);
    };
    more();
  },
  endless: () => {
    const piece = 'y'.repeat(65_536);
    const more = () => {
      while (process.stdout.write(piece));
      process.stdout.once('drain', more);
    };
    more();
  },
  junk: (id) => {
    process.stdout.write('{"jsonrpc":\nnot json at all\n\n[1,2]\n{"jsonrpc":"2.0","id":"?","result":5}\n');
    text(id, 'after the junk');
  },
  big: (id) => text(id, 'b'.repeat(300_000)),
  huge: (id) => text(id, 'h'.repeat(20_000_000)),
  env: (id) => text(id, JSON.stringify(process.env)),
  detach: (id) => {
    const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    text(id, String(child.pid));
  },
  slow: (id, _, token) => {
    let step = 0;
    const timer = setInterval(() => {
      step++;
      send({ method: 'notifications/progress', params: { progressToken: token, progress: step, total: 5, message: `step ${step}` } });
      if (step < 5) return;
      clearInterval(timer);
      text(id, `slow is done, ${cancelled} cancelled`);
    }, 120);
  },
  more: (id) => {
    tools = [...tools, tool('extra')];
    send({ method: 'notifications/tools/list_changed' });
    text(id, 'there is more');
  },
  spam: (id) => {
    for (let i = 0; i < 20_000; i++) send({ method: 'notifications/tools/list_changed' });
    text(id, 'spammed');
  },
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (mode === 'mute') return;
  if (method === 'notifications/cancelled') cancelled++;
  if (method === 'initialize') {
    const answer = () =>
      send({
        id,
        result: {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: { listChanged: true } },
          serverInfo: { name: 'odd', version: '1' },
        },
      });
    if (mode === 'late') setTimeout(answer, 1500);
    else answer();
  }
  if (method === 'ping') send({ id, result: {} });
  if (method === 'tools/list') send({ id, result: { tools } });
  if (method === 'tools/call') {
    const run = does[params.name];
    if (run) run(id, params.arguments, params._meta?.progressToken);
    else send({ id, error: { code: -32_602, message: `no tool ${params.name}` } });
  }
});
