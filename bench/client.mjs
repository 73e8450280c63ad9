// The client of a measurement. While an answer streams it only notes when each piece arrived; what was in it is read
// afterwards, so that the client takes as little as possible from what is measured.
import { Agent, request } from 'node:http';
import { now } from './clock.mjs';

const agent = new Agent({ keepAlive: true });

/** One request; the answer is its status and its pieces with the times they came. */
export function ask(url, { method = 'GET', body, signal } = {}) {
  const text = body && JSON.stringify(body);
  const headers = text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {};
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers, signal }, (response) => {
      const pieces = [];
      response.on('data', (data) => pieces.push({ at: now(), data }));
      response.on('end', () => resolve({ status: response.statusCode, pieces }));
      response.on('error', reject);
    });
    sent.on('error', reject).end(text);
  });
}

const textOf = (pieces) => Buffer.concat(pieces.map(({ data }) => data)).toString();

export const askJson = async (url) => JSON.parse(textOf((await ask(url)).pieces));

let tags = 0;

/**
 * One turn, checked: all of the answer came, every tool ran, the turn was sealed.
 * Times in milliseconds; `requests` are the provider's own records of this turn.
 */
export async function turn({ url, provider }, conversationId, { tokens = 1, delay = 0, chain = 0 } = {}) {
  const tag = `t${++tags}`;
  const message = `#bench tag=${tag} tokens=${tokens} delay=${delay} chain=${chain}`;
  const sent = now();
  const { status, pieces } = await ask(`${url}/chat`, { method: 'POST', body: { conversationId, message } });
  const ended = now();
  if (status !== 200) throw new Error(`POST /chat answered ${status}: ${textOf(pieces)}`);
  const { firstDelta, done, text, deltas, results, lines } = readAnswer(pieces);
  if (text !== 'tok '.repeat(tokens) || results !== chain || done === undefined) {
    const told = lines.filter((event) => !event.type.endsWith('delta')).map((event) => JSON.stringify(event).slice(0, 300));
    throw new Error(`expected ${tokens} deltas and ${chain} tool results, got ${text.length / 4} and ${results}:\n${told.join('\n')}`);
  }
  const requests = await askJson(`${provider}/records?tag=${tag}`);
  if (requests.length !== chain + 1) throw new Error(`expected ${chain + 1} provider requests in a turn, saw ${requests.length}`);
  const inProvider = requests.reduce((sum, { arrived, last }) => sum + last - arrived, 0);
  return {
    deltas,
    requests,
    before: requests[0].arrived - sent,
    addedFirst: firstDelta - sent - (requests.at(-1).first - requests[0].arrived),
    added: done - sent - inProvider,
    rate: tokens / ((done - requests.at(-1).first) / 1000),
    tail: ended - done,
  };
}

/** Which events were in the answer, and when the first delta and `done` were there in full. */
function readAnswer(pieces) {
  const seen = { text: '', deltas: 0, results: 0, lines: [] };
  let rest = '';
  for (const { at, data } of pieces) {
    const lines = (rest + data.toString('latin1')).split('\n'); // the bench's own answers are ASCII
    rest = lines.pop();
    for (const event of lines.filter(Boolean).map((line) => JSON.parse(line))) {
      seen.lines.push(event);
      if (event.type === 'text-delta') {
        seen.firstDelta ??= at;
        seen.deltas++;
        seen.text += event.delta;
      } else if (event.type === 'tool-result' && !event.isError) seen.results++;
      else if (event.type === 'done' && event.reason === 'stop') seen.done = at;
    }
  }
  return seen;
}
