import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { CliError, exitCodes, failure, Refused } from './cli-error.js';

/** `localhost` is both of these, whatever the machine's own tables say; the one that answers is taken. */
const loopback = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
const bothLoopbacks: LookupFunction = (_name, options, done) => {
  if (options.all) done(null, loopback);
  else done(null, '127.0.0.1', 4);
};

/** One request. */
export interface Ask {
  method: string;
  path: string;
  body?: unknown;
  token?: string;
  /** How long the server may take to begin its answer, in milliseconds; for ever when 0. */
  patience: number;
  /** The rest of the answer may take as long as it likes. */
  stream?: boolean;
}

/** Sends a request to a server; resolves with an answer that is a success. Every failure is a `CliError`. */
export async function exchange(address: string, ask: Ask): Promise<IncomingMessage> {
  const answer = await begun(address, ask);
  if (answer.statusCode === 200) return answer;
  throw refusal(address, answer.statusCode ?? 0, await textOf(answer), ask.token !== undefined);
}

function begun(address: string, { method, path, body, token, patience, stream }: Ask): Promise<IncomingMessage> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const base = new URL(address);
  const headers: Record<string, string> = { accept: 'application/json, application/x-ndjson' };
  if (payload !== undefined) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = String(Buffer.byteLength(payload));
  }
  if (token) headers.authorization = `Bearer ${token}`;
  return new Promise((resolve, reject) => {
    const send = base.protocol === 'https:' ? httpsRequest : httpRequest;
    const options = {
      ...{ hostname: base.hostname.replace(/^\[|\]$/g, ''), port: base.port, path: base.pathname.replace(/\/$/, '') + path },
      // No agent: a connection that is kept alive would keep the process.
      ...{ method, headers, agent: false, ...(base.hostname === 'localhost' && { lookup: bothLoopbacks }) },
    };
    const request = send(options);
    if (patience > 0)
      request.setTimeout(patience, () => request.destroy(new Error(`it did not answer within ${Math.round(patience / 1000)} seconds`)));
    // A turn can be silent for long; a peer that is gone for good is noticed all the same.
    request.on('socket', (socket: Socket) => socket.setKeepAlive(true, 30_000));
    request.on('response', (answer) => {
      if (stream) request.setTimeout(0);
      resolve(answer);
    });
    request.on('error', (cause) => reject(unreachable(address, cause)));
    request.end(payload);
  });
}

function refusal(address: string, status: number, text: string, hadToken: boolean): Refused {
  let words: unknown;
  try {
    words = (JSON.parse(text) as { error?: unknown } | null)?.error;
  } catch {
    // Not JSON: the status has to do.
  }
  const said = typeof words === 'string' ? words : `${address} answered with status ${status}`;
  if (status !== 401) return new Refused(said, status);
  const advice = hadToken ? 'The token that was sent is not its own; set DISPATCH_TOKEN to that' : 'Set DISPATCH_TOKEN to its token';
  return new Refused(`${said}. ${advice} ("dispatch token --show" prints it, in the folder the server was started in)`, status);
}

function unreachable(address: string, cause: Error): CliError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/.test(code))
    return new CliError(
      exitCodes.noServer,
      `no server answers at ${address} (${code}). Start one with "dispatch-server" (or "npm start" in the project), or name another with --server or DISPATCH_SERVER`,
      { cause },
    );
  return failure(`talking to ${address} failed: ${cause.message || code}`, cause);
}

export async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const line of linesOf(answer)) text += `${line}\n`;
  return text;
}

/** The lines of an answer as they come; characters that come in pieces stay whole. */
export async function* linesOf(answer: IncomingMessage): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const piece of answer) {
      const lines = (rest + decoder.write(piece as Buffer)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (cause) {
    throw failure('the connection broke before the answer was whole', cause);
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}
