import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How the provider answers one request. */
export interface Reply {
  /** Deltas of text. */
  text?: readonly string[];
  thinking?: readonly string[];
  calls?: readonly { id?: string; name: string; args: unknown }[];
  /** Milliseconds between two deltas of text. */
  pace?: number;
  usage?: { input: number; output: number; cached?: number };
  finish?: string;
  /** An answer other than 200. */
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** What goes wrong after so many deltas of text. */
  fault?: { after: number; kind: 'reset' | 'end' | 'malformed' | 'silence' };
  /** Waited for before the first delta. */
  hold?: Promise<unknown>;
}

interface SeenMessage {
  role: string;
  content?: unknown;
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}
export interface Seen {
  body: { model: string; messages: SeenMessage[]; tools?: { function: { name: string } }[] };
  raw: string;
  headers: IncomingHttpHeaders;
  /** Epoch milliseconds. */
  at: number;
}
export type Script = (seen: Seen, nth: number) => Reply | Promise<Reply>;

/** An OpenAI-compatible provider on loopback that answers as a test says. */
export class ScriptedProvider {
  readonly seen: Seen[] = [];
  script: Script = () => ({ text: ['ok'] });
  private readonly server = createServer((request, response) => {
    const bytes: Buffer[] = [];
    request.on('data', (piece: Buffer) => bytes.push(piece));
    request.on('end', () => {
      const raw = Buffer.concat(bytes).toString();
      if (request.url?.endsWith('/models')) return response.end(JSON.stringify({ data: [{ id: 'mock-1' }, { id: 'mock-2' }] }));
      const seen = { body: JSON.parse(raw) as Seen['body'], raw, headers: request.headers, at: Date.now() };
      this.seen.push(seen);
      void this.answer(response, seen);
    });
  });

  static async listen(): Promise<ScriptedProvider> {
    const provider = new ScriptedProvider();
    await new Promise<void>((resolve) => provider.server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  /** Answers the requests of one conversation in turn, the last reply again and again. */
  inTurn(...replies: Reply[]): void {
    this.seen.length = 0;
    this.script = (_, nth) => replies[Math.min(nth, replies.length - 1)] as Reply;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(response: ServerResponse, seen: Seen): Promise<void> {
    const reply = await this.script(seen, this.seen.length - 1);
    if (reply.status !== undefined) {
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
      return void response.end(reply.body ?? JSON.stringify({ error: { message: `scripted ${reply.status}` } }));
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const frame = (data: unknown) => response.write(`data: ${JSON.stringify(data)}\n\n`);
    const delta = (fields: unknown, finish: string | null = null) =>
      frame({ id: 'c', choices: [{ index: 0, delta: fields, finish_reason: finish }] });
    delta({ role: 'assistant', content: '' });
    await reply.hold;
    for (const thought of reply.thinking ?? []) delta({ reasoning_content: thought });
    for (const [n, text] of (reply.text ?? []).entries()) {
      if (reply.fault?.after === n) return this.break(response, reply.fault.kind);
      delta({ content: text });
      if (reply.pace) await sleep(reply.pace);
      if (response.destroyed) return;
    }
    if (reply.fault) return this.break(response, reply.fault.kind);
    for (const [index, call] of (reply.calls ?? []).entries()) {
      const args = typeof call.args === 'string' ? call.args : JSON.stringify(call.args);
      delta({
        tool_calls: [
          { index, id: call.id ?? `call_${this.seen.length}_${index}`, type: 'function', function: { name: call.name, arguments: '' } },
        ],
      });
      delta({ tool_calls: [{ index, function: { arguments: args } }] });
    }
    delta({}, reply.finish ?? (reply.calls?.length ? 'tool_calls' : 'stop'));
    const { input = 100, output = 10, cached } = reply.usage ?? {};
    frame({
      choices: [],
      usage: {
        prompt_tokens: input,
        completion_tokens: output,
        ...(cached !== undefined && { prompt_tokens_details: { cached_tokens: cached } }),
      },
    });
    response.end('data: [DONE]\n\n');
  }

  private async break(response: ServerResponse, kind: NonNullable<Reply['fault']>['kind']): Promise<void> {
    if (kind === 'end') return void response.end();
    if (kind === 'malformed') return void response.end('data: {"choices":[{"delta":{"content":"oo\n\n');
    if (kind === 'silence') return;
    await sleep(20);
    response.socket?.resetAndDestroy();
  }
}
