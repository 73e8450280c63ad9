import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request as forward } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { StepPart } from 'dispatch/kernel';
import { type Received, type ScriptedProvider, scriptedProvider } from './scripted-provider.fixture.js';

/** One request to a provider and its whole answer. Headers that hold keys are not in it. */
export interface Exchange {
  request: { method: string; path: string; body?: unknown };
  answer: { status: number; headers: Record<string, string>; body: string };
}

/** A file of `exchanges/`: what a provider was seen to send, and what the steps must be told as. */
export interface Trace {
  /** Which provider, and where it is from: recorded, or written after its documentation. */
  from: string;
  exchanges: Exchange[];
  parts?: StepPart[];
}

const folder = fileURLToPath(new URL('exchanges/', import.meta.url));
const keptHeaders = ['content-type', 'retry-after', 'retry-after-ms'];

/** All files of `exchanges/` by name. */
export const traces = (): [string, Trace][] =>
  readdirSync(folder)
    .sort()
    .map((name) => [name.replace('.json', ''), readTrace(`${folder}${name}`)]);

export const readTrace = (file: string): Trace => JSON.parse(readFileSync(file, 'utf8')) as Trace;

/** Stands between a client and a provider on http:// and writes down what passes; for tests only. */
export async function recorder(
  target: string,
  secrets: readonly string[],
): Promise<ScriptedProvider & { save(file: string, from: string): void }> {
  const exchanges: Exchange[] = [];
  const mask = (text: string) => secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
  const server = await scriptedProvider(async (response, received) => {
    const { status, headers, bytes } = await passedOn(target, received);
    response.writeHead(status, headers).end(bytes);
    const { method, path, json } = received;
    const body = json && (JSON.parse(mask(JSON.stringify(json))) as unknown);
    exchanges.push({ request: { method, path, body }, answer: { status, headers, body: mask(bytes.toString()) } });
  });
  const save = (file: string, from: string) =>
    writeFileSync(file, `${JSON.stringify({ from, exchanges } satisfies Trace, undefined, 2)}\n`);
  return Object.assign(server, { save });
}

async function passedOn(target: string, { method, path, headers, text }: Received) {
  const url = new URL(path.replace(/^\/v1/, ''), 'http://x');
  const { host: _, ...rest } = headers;
  return new Promise<{ status: number; headers: Record<string, string>; bytes: Buffer }>((resolve, reject) => {
    const sent = forward(`${target}${url.pathname}${url.search}`, { method, headers: rest }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => {
        const kept = keptHeaders.flatMap((name) => (answer.headers[name] === undefined ? [] : [[name, String(answer.headers[name])]]));
        resolve({ status: answer.statusCode ?? 502, headers: Object.fromEntries(kept), bytes: Buffer.concat(pieces) });
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

/** Answers as was recorded, each body in pieces that reach the network one by one; for tests only. */
export const replay = ({ exchanges }: Pick<Trace, 'exchanges'>, cut: (bytes: Buffer) => Iterable<Buffer>): Promise<ScriptedProvider> =>
  scriptedProvider(async (response, _, number) => {
    const { answer } = exchanges[number % exchanges.length] as Exchange;
    response.socket?.setNoDelay(true);
    response.writeHead(answer.status, answer.headers);
    for (const piece of cut(Buffer.from(answer.body))) {
      response.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });

/** Pieces of these sizes, again and again, until nothing is left. */
export function* inPieces(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = Math.max(1, sizes[n % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
