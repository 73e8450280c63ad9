import { folder, RealServer } from '../real-server.fixture.js';
import { ScriptedProvider } from '../scripted-provider.fixture.js';
import { type Operation, type RawDocument, ReadDocument } from './document.fixture.js';
import { Samples } from './samples.fixture.js';

/** Parts of a request; what is left out, the document's schemas and examples say. */
export interface Given {
  path?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  /** Whether to send what may be left out. */
  full?: boolean;
}

export interface Told {
  status: number;
  headers: Headers;
  text: string;
  /** The answer as JSON; of lines, all of them. Undefined for anything else. */
  json: unknown;
}

/** Names of what the server holds, by the beginning of a path; everything else is named as the schema's example says. */
const names: readonly [string, Readonly<Record<string, string>>][] = [
  ['/conversations/', { id: 'my-conversation', messageId: 'gone' }],
  ['/workspaces/', { id: 'my-workspace' }],
  ['/surfaces/', { id: 'cache-warming', group: 'cache-warming', actionId: 'toggle' }],
];

/** The built server, asked by a client that knows nothing but the document. */
export class DescribedServer {
  readonly samples: Samples;

  private constructor(
    readonly server: RealServer,
    readonly provider: ScriptedProvider,
    readonly document: ReadDocument,
  ) {
    this.samples = new Samples(document);
  }

  static async start(config: Record<string, unknown> = {}, env: Record<string, string> = {}): Promise<DescribedServer> {
    const provider = await ScriptedProvider.listen();
    const server = await RealServer.start({ providerUrl: provider.baseUrl, cwd: folder('described'), config, env });
    return new DescribedServer(server, provider, new ReadDocument(await server.get<RawDocument>('/openapi.json')));
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.provider.close();
  }

  /** Asks as the document says. */
  ask(operation: Operation, { path = {}, query = {}, body, full = false }: Given = {}): Promise<Told> {
    const asked = new URLSearchParams(query);
    for (const { name, in: where, required, schema } of operation.parameters)
      if (where === 'query' && (required || full) && !asked.has(name)) asked.set(name, String(this.samples.valid(schema, full)));
    const known = names.find(([start]) => operation.path.startsWith(start))?.[1] ?? {};
    const address = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const schema = operation.parameters.find((each) => each.name === name)?.schema ?? { type: 'string' };
      return encodeURIComponent(path[name] ?? known[name] ?? String(this.samples.valid(schema, full)));
    });
    const sent = body ?? (operation.body && this.samples.valid(operation.body.schema, full));
    return this.send(
      operation.method,
      asked.size > 0 ? `${address}?${asked}` : address,
      sent === undefined ? undefined : JSON.stringify(sent),
    );
  }

  /** Sends a request as it is spelt. */
  async send(method: string, address: string, body?: string, type = 'application/json'): Promise<Told> {
    const answer = await fetch(this.server.url + address, {
      method,
      ...(body !== undefined && { body, headers: { 'content-type': type } }),
    });
    const text = await answer.text();
    const media = answer.headers.get('content-type') ?? '';
    const lines = media.startsWith('application/x-ndjson') ? text.split('\n').filter((line) => line !== '') : undefined;
    const json = lines
      ? lines.map((line) => JSON.parse(line) as unknown)
      : media.startsWith('application/json')
        ? JSON.parse(text)
        : undefined;
    return { status: answer.status, headers: answer.headers, text, json };
  }

  /** What is wrong with an answer that is no success, or an empty list. */
  errorFaults({ json, text }: Told): string[] {
    const stack = /\n\s+at |node:internal|\.js:\d+/.test(text) ? ['it shows a stack'] : [];
    return [...this.document.faults({ $ref: '#/components/schemas/ErrorBody' }, json), ...stack];
  }
}
