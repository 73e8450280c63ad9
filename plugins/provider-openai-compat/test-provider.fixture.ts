import { type Config, type Credential, type Message, ProviderError, type Secrets, type StepPart, type StepRequest } from 'dispatch/kernel';
import { quietLogger } from 'dispatch/testing';
import { OpenAICompat } from './openai-compat.js';
import { type Reply, type ScriptedProvider, scriptedProvider } from './scripted-provider.fixture.js';

/** The provider under test with a real server to talk to; for tests only. */
export interface Bench {
  provider: OpenAICompat;
  server: ScriptedProvider;
  credential: Credential;
  log: string[];
  stream(change?: Partial<StepRequest>): AsyncIterable<StepPart>;
  /** All parts of one step. */
  parts(change?: Partial<StepRequest>): Promise<StepPart[]>;
  close(): Promise<void>;
}

export const key = 'sk-very-secret-key-123';

export const user = (text: string): Message => ({ role: 'user', chunks: [{ type: 'text', text }] });

const wallClock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal?.aborted) return resolve();
      const timer = setTimeout(resolve, ms);
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      signal?.addEventListener('abort', wake, { once: true });
    }),
};

const settings = { number: () => 30_000, value: () => undefined } as unknown as Config;

export async function bench(reply: Reply, clock = wallClock): Promise<Bench> {
  const server = await scriptedProvider(reply);
  const log: string[] = [];
  const provider = new OpenAICompat(settings, clock, secrets(), quietLogger(log));
  const credential: Credential = {
    name: 'test',
    provider: 'openai-compat',
    baseURL: server.baseURL,
    apiKey: key,
  };
  const stream = (change: Partial<StepRequest> = {}) =>
    provider.stream(credential, {
      model: 'm1',
      messages: [user('hello')],
      tools: [],
      signal: new AbortController().signal,
      ...change,
    });
  return {
    provider,
    server,
    credential,
    log,
    stream,
    parts: (change) => all(stream(change)),
    async close() {
      provider.stop();
      await server.close();
    },
  };
}

export async function all(stream: AsyncIterable<StepPart>): Promise<StepPart[]> {
  const parts: StepPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

/** The `ProviderError` that something ends in. */
export async function failure(work: Promise<unknown>): Promise<ProviderError> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof ProviderError) return error;
  throw error;
}

function secrets(): Secrets {
  const values = new Set<string>();
  return {
    add: (value) => void values.add(value),
    mask: (text) => [...values].reduce((masked, value) => masked.replaceAll(value, '***'), text),
    withoutSecrets: () => ({}),
  };
}
