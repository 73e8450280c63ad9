import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import type { OwnedProcesses } from '../child-processes/contract.js';
import { forbiddenAddress } from './address-guard.js';
import type { CallOptions } from './call-options.js';
import type { Definition } from './definition.js';
import { GuardedHttp } from './guarded-http.js';
import type { CallResult } from './result-text.js';
import { runTask } from './run-task.js';
import { StdioTransport } from './stdio-transport.js';
import { type ToolInfo, toolsIn } from './tool-list.js';

/** What a session is opened with. */
export interface SessionRequest {
  /** Everything is filled in. */
  definition: Definition;
  /** Absolute path. */
  cwd: string;
  /** Environment of a child, before what the definition sets. */
  environment: Readonly<Record<string, string>>;
  /** Whether a project asks for it, and not whoever runs this server. */
  fromProject: boolean;
  messageLimit: number;
  /** Milliseconds it may take to begin, its tools included. */
  startMs: number;
  processes: OwnedProcesses;
  /** Aborted when the server is not wanted any more before it has begun. */
  signal: AbortSignal;
  /** Its tools have changed. */
  toolsChanged(): void;
}

/** One connection to a server, from its beginning to its end. */
export interface Session {
  /** Resolves when it has ended, by itself or not. */
  readonly ended: Promise<void>;
  /** Why it ended by itself. */
  why(): string | undefined;
  /** Asks for the tools anew. */
  tools(): Promise<{ tools: ToolInfo[]; problems: string[] }>;
  /** Rejects with an `McpError` for what the server answered, with another error when it could not be asked. */
  call(tool: Pick<ToolInfo, 'name' | 'task'>, input: unknown, options: CallOptions): Promise<CallResult>;
  /** Resolves when the server answers at all. */
  ping(limitMs: number): Promise<void>;
  /** Resolves once nothing of it is left. */
  close(): Promise<void>;
}

const page = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const result = z.looseObject({});
const mostPages = 100;

/** Opens a session. Rejects with a sentence when the server does not begin; nothing of it is left then. */
export async function openSession(request: SessionRequest): Promise<Session> {
  // Loaded with the first server that is used: most turns need none of it.
  const [{ Client }, protocol] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/types.js'),
  ]);
  const client = new Client({ name: 'dispatch', version: '0.1.0' }, { capabilities: {} });
  const parse = (text: string): JSONRPCMessage => protocol.JSONRPCMessageSchema.parse(JSON.parse(text));
  const { definition, signal, startMs } = request;
  const link = definition.kind === 'stdio' ? stdioLink(request, definition, parse) : await httpLink(request, definition);
  const ended = new Promise<void>((resolve) => {
    client.onclose = resolve;
  });
  // What cannot be understood is left out; what matters comes back where it was asked for.
  client.onerror = () => undefined;
  client.setNotificationHandler(protocol.ToolListChangedNotificationSchema, () => request.toolsChanged());
  const stop = () => void link.close();
  signal.addEventListener('abort', stop);
  try {
    signal.throwIfAborted();
    await client.connect(link.transport, { timeout: startMs });
  } catch (thrown) {
    await link.close();
    throw new Error(link.why() ?? said(thrown, startMs) + link.lastWords(), { cause: thrown });
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return { ended, ...spoken(client, startMs), why: link.why, close: link.close };
}

function spoken(client: Client, startMs: number): Pick<Session, 'tools' | 'call' | 'ping'> {
  return {
    async tools() {
      if (!client.getServerCapabilities()?.tools) return { tools: [], problems: [] };
      const listed: unknown[] = [];
      let cursor: string | undefined;
      for (let pages = 0; pages < mostPages; pages++) {
        const answer = await client.request({ method: 'tools/list', params: cursor === undefined ? {} : { cursor } }, page, {
          timeout: startMs,
        });
        listed.push(...answer.tools);
        cursor = answer.nextCursor;
        if (!cursor) break;
      }
      return toolsIn(listed);
    },
    call({ name, task }, input, options) {
      const request = { method: 'tools/call' as const, params: { name, arguments: input as Record<string, unknown> } };
      if (task) return runTask(client, request, options);
      return client.request(request, result, {
        signal: options.signal,
        timeout: options.silenceMs,
        maxTotalTimeout: options.limitMs,
        resetTimeoutOnProgress: true,
        onprogress: ({ progress, total, message = '' }) =>
          options.progress(`${progress}${total === undefined ? '' : ` of ${total}`} ${message}`),
      });
    },
    async ping(limitMs) {
      await client.ping({ timeout: limitMs });
    },
  };
}

/** A transport, what became of it, and how to end it. */
interface Link {
  transport: Transport;
  /** Why it ended by itself. */
  why: () => string | undefined;
  /** What it said last, as the end of a sentence. */
  lastWords: () => string;
  close: () => Promise<void>;
}

type Of<K extends Definition['kind']> = Extract<Definition, { kind: K }>;

function stdioLink(request: SessionRequest, definition: Of<'stdio'>, parse: (text: string) => JSONRPCMessage): Link {
  const { cwd, environment, messageLimit, processes } = request;
  const { command, args, env } = definition;
  const transport = new StdioTransport({ command, args, cwd, env: { ...environment, ...env }, messageLimit, processes, parse });
  return { transport, why: () => transport.ended, lastWords: () => transport.lastWords(), close: () => transport.close() };
}

async function httpLink({ fromProject, messageLimit }: SessionRequest, { url, headers }: Of<'http'>): Promise<Link> {
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  let why: string | undefined;
  const http = new GuardedHttp({
    limit: messageLimit,
    forbidden: (address) => (fromProject ? forbiddenAddress(address) : undefined),
    tooLarge: (id) => {
      if (typeof id !== 'number') return;
      const message = `the answer is larger than ${messageLimit.toLocaleString('en')} bytes; ask for less`;
      transport.onmessage?.({ jsonrpc: '2.0', id, error: { code: -32_000, message } });
    },
    broken: (reason) => {
      why ??= reason;
      void close();
    },
  });
  const transport = new StreamableHTTPClientTransport(new URL(url), { fetch: http.fetch, requestInit: { headers: { ...headers } } });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      // Politeness only: a server that hears nothing forgets the session by itself.
      if (!why) await Promise.race([transport.terminateSession().catch(() => undefined), wait(500, undefined, { ref: false })]);
      await transport.close();
      http.close();
    })();
    return closing;
  };
  return { transport: transport as Transport, why: () => why, lastWords: () => '', close };
}

/** The sentence of an error that came before anything worked. */
function said(thrown: unknown, startMs: number): string {
  const { code, message } = thrown as { code?: unknown; message?: string };
  if (code === -32_001) return `it did not begin to speak the protocol within ${startMs} ms`;
  if (code === 401 || code === 403) return `it wants a login (status ${code}); give it one in "headers"`;
  return message || String(thrown);
}
