// Those who use the server in a soak: turns over NDJSON and sockets, clients that go away, stops. Everything is checked
// as far as it can be; the first thing that is not as it should be ends the soak.
import { Agent, request } from 'node:http';
import { sleep } from './clock.mjs';
import { frameReader, openSocket, textFrame } from './frames.mjs';

/** Speaks to one server. `rest()` closes the connections that are kept for later. */
export function clientOf(url) {
  let agent = new Agent({ keepAlive: true });
  const ask = (path, { method = 'GET', body, seen } = {}) =>
    new Promise((resolve, reject) => {
      const text = body && JSON.stringify(body);
      const sent = request(url + path, { method, agent, headers: text ? { 'content-type': 'application/json' } : {} }, (response) => {
        let all = '';
        response.setEncoding('utf8').on('data', (data) => {
          all += data;
          seen?.(all, response);
        });
        response.on('close', () => resolve({ status: response.statusCode, text: all, whole: response.complete }));
        response.on('error', () => undefined);
      });
      sent.on('error', reject).end(text);
    });
  const json = async (path, options) => {
    const { status, text } = await ask(path, options);
    if (status !== 200) throw new Error(`${options?.method ?? 'GET'} ${path} was answered ${status}: ${text}`);
    return JSON.parse(text);
  };
  const rest = () => {
    agent.destroy();
    agent = new Agent({ keepAlive: true });
  };
  return { url, ask, json, rest };
}

const post = { method: 'POST' };
const turnOf = (conversationId, kind, file) => ({ ...post, body: { conversationId, message: `#soak ${kind} ${file}` } });

/** A turn with its three tools, checked to the last event. */
export async function toolTurn(client, id, file) {
  const { status, text, whole } = await client.ask('/chat', turnOf(id, 'tools', file));
  check(status === 200 && whole, `POST /chat was answered ${status}, whole: ${whole}: ${text}`);
  const events = text.split('\n').filter(Boolean).map(JSON.parse);
  checkTools(events);
}

/** The same over a socket that comes for it and goes. */
export async function socketTurn(client, id, file) {
  const socket = await openSocket(`${client.url}/ws`);
  const events = [];
  const over = new Promise((resolve, reject) => {
    const read = frameReader((opcode, payload) => {
      if (opcode !== 1) return;
      const { type, event, message } = JSON.parse(payload);
      if (type === 'chat.error') reject(new Error(`a socket was told: ${message}`));
      if (event) events.push(event);
      if (event?.type === 'turn-sealed') resolve();
    });
    socket
      .on('data', read)
      .on('error', reject)
      .on('close', () => reject(new Error('a socket was closed within a turn')));
  });
  socket.write(textFrame(JSON.stringify({ type: 'chat.send', ...turnOf(id, 'tools', file).body }), true));
  await over.finally(() => socket.destroy());
  checkTools(events);
}

function checkTools(told) {
  const events = told.filter(({ type }) => type !== 'status');
  const results = events.filter(({ type }) => type === 'tool-result');
  const reason = events.find(({ type }) => type === 'done')?.reason;
  const fine =
    results.length === 3 && results.every(({ isError }) => !isError) && reason === 'stop' && events.at(-1).type === 'turn-sealed';
  const words = events.filter(({ type }) => !/delta|output/.test(type)).map((event) => JSON.stringify(event).slice(0, 300));
  check(fine, `a turn went otherwise than it should:\n${words.join('\n')}`);
}

/** A client that goes away within the answer; the turn goes on without it. */
export async function leftTurn(client, id, file) {
  await client.ask('/chat', { ...turnOf(id, 'talk', file), seen: (all, response) => all.includes('word9 ') && response.destroy() });
  const { settled, content } = await client.json(`/conversations/${id}/last?timeoutMs=30000`);
  check(settled && content.endsWith('word99 '), `a turn without its client ended with ${JSON.stringify(content.slice(-50))}`);
}

/** A turn that is stopped: within the model's answer, or within a command. */
export async function stoppedTurn(client, id, file, kind) {
  const mark = kind === 'shell' ? '"tool-output"' : '"text-delta"';
  let stopping;
  const { text } = await client.ask('/chat', {
    ...turnOf(id, kind, file),
    seen: (all) => {
      if (all.includes(mark)) stopping ??= client.json(`/conversations/${id}/stop`, post);
    },
  });
  await stopping;
  // on a busy machine a turn may come to its end before it hears of the stop
  check(/"reason":"(aborted|stop)"/.test(text) && text.includes('"turn-sealed"'), `a stopped turn ended with ${text.slice(-300)}`);
}

/** A socket that watches a conversation for a while. */
export async function glance(client, id, ms) {
  const socket = await openSocket(`${client.url}/ws`);
  socket.on('error', () => undefined).resume();
  for (const message of [
    { type: 'chat.subscribe', conversationId: id },
    { type: 'subscribe', surfaceId: 'todo', conversationId: id },
  ])
    socket.write(textFrame(JSON.stringify(message), true));
  await sleep(ms);
  socket.destroy();
}

/** What clients ask for in between. */
export async function lookAround(client, id) {
  for (const path of [
    '/conversations?status=active,idle',
    `/conversations/${id}?limit=50`,
    `/conversations/${id}/metrics`,
    '/models',
    '/plugins',
  ])
    await client.json(path);
}

export function check(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}
