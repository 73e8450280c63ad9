import {
  Clock,
  Config,
  type Credential,
  inject,
  Logger,
  type Provider,
  ProviderError,
  Providers,
  plugin,
  Secrets,
  type StepRequest,
  type StepStream,
} from 'dispatch/kernel';
import type { ModelInfo } from 'dispatch/wire';
import { plainHttpHosts } from '../credential-store/contract.js';
import { ClientPool } from './client-pool.js';
import { aborted, failureOf, nameOf, notTheApi, webPage } from './failure.js';
import { modelList } from './model-list.js';
import { PartQueue } from './part-queue.js';
import { QuirkMemory } from './quirks.js';
import { type ExchangeTools, StepExchange } from './step-exchange.js';
import { Transport } from './transport.js';

/** Any provider that speaks OpenAI's chat completions. */
@plugin({ id: 'provider-openai-compat', version: '0.1.0', provides: Providers, capabilities: ['network'] })
export class OpenAICompat implements Provider {
  readonly kind = 'openai-compat';
  readonly holdsBack = true;
  private readonly transport: Transport;
  private readonly tools: ExchangeTools;

  constructor(
    @inject(Config) config: Config,
    @inject(Clock) clock: Clock,
    @inject(Secrets) secrets: Secrets,
    @inject(Logger) logger: Logger,
  ) {
    this.transport = new Transport(clock, config.number('watchdog.connectMs'));
    const clients = new ClientPool(this.transport, secrets, plainHttpHosts(config));
    this.tools = { transport: this.transport, clients, quirks: new QuirkMemory(), secrets, clock, logger };
  }

  stream(credential: Credential, request: StepRequest): StepStream {
    return new PartQueue(new StepExchange(this.tools, credential, request));
  }

  async models(credential: Credential, signal: AbortSignal): Promise<({ id: string } & ModelInfo)[]> {
    const { clients, clock, secrets } = this.tools;
    const who = nameOf(credential);
    const abort = new AbortController();
    const onAbort = () => abort.abort();
    signal.addEventListener('abort', onAbort);
    try {
      if (signal.aborted) throw aborted();
      const { client } = await clients.get(credential);
      const response = await client.get('/models', { signal: abort.signal }).asResponse();
      if (response.headers.get('content-type')?.includes('html')) throw webPage(who, response.status);
      const models = modelList(parsed(await response.text()));
      if (!models) throw notTheApi(who);
      return models;
    } catch (error) {
      const failure = failureOf(who, error, clock.now());
      throw new ProviderError(secrets.mask(failure.message), failure);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  stop(): void {
    this.transport.close();
  }
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
