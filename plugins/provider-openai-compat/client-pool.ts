import { type Credential, messageOf, ProviderError, type Secrets } from 'dispatch/kernel';
import type { OpenAI } from 'openai';
import { checkedBaseURL } from '../credential-store/contract.js';
import { type Target, type Transport, targetOf } from './transport.js';

interface Pooled {
  /** What the client was made from; another key or address makes another client. */
  made: string;
  client: OpenAI;
  /** Where its chat completions go. */
  chat: Target;
}

/** One client of the openai package per credential. The package is loaded when the first is asked for. */
export class ClientPool {
  private readonly clients = new Map<string, Pooled>();

  constructor(
    private readonly transport: Transport,
    private readonly secrets: Secrets,
    /** Hosts that the user lets keys be sent to in the clear. */
    private readonly plainHttpHosts: readonly string[],
  ) {}

  async get(credential: Credential): Promise<Pooled> {
    const { name, baseURL, apiKey, headers } = credential;
    const made = JSON.stringify([baseURL, apiKey, headers]);
    const known = this.clients.get(name);
    if (known?.made === made) return known;
    const address = this.checked(credential);
    this.keepSecret(credential);
    const Client = await loadClient();
    const client = new Client({
      baseURL: address,
      // Given in every case: the package would else look for a key in the environment, meant for another host.
      apiKey: apiKey ?? '',
      organization: null,
      project: null,
      maxRetries: 0,
      timeout: 24 * 3600 * 1000,
      logLevel: 'off',
      fetch: this.transport.fetch,
      defaultHeaders: {
        'User-Agent': 'dispatch',
        'X-Stainless-Timeout': null,
        ...(apiKey === undefined && { Authorization: null }),
        ...headers,
      },
    });
    const request = await client.buildRequest({
      method: 'post',
      path: '/chat/completions',
      headers: { 'content-type': 'application/json' },
    });
    const pooled = { made, client, chat: targetOf(request.url, 'POST', request.req.headers) };
    this.clients.set(name, pooled);
    return pooled;
  }

  /** The base URL, looked at once more where it is used: whoever made the credential, a key does not travel in the open. */
  private checked({ name, baseURL, apiKey, headers = {} }: Credential): string {
    const refused = (why: string) => new ProviderError(`credential "${name}" cannot be used: ${why}`, { code: 'http', retryable: false });
    if (baseURL === undefined) throw refused('it has no base URL: set it to something like https://host/v1');
    try {
      return checkedBaseURL(baseURL, apiKey !== undefined || Object.keys(headers).some(isSecret), this.plainHttpHosts);
    } catch (thrown) {
      throw refused(messageOf(thrown));
    }
  }

  private keepSecret({ apiKey, headers }: Credential): void {
    if (apiKey) this.secrets.add(apiKey);
    for (const [header, value] of Object.entries(headers ?? {})) if (isSecret(header)) this.secrets.add(value);
  }
}

const isSecret = (header: string): boolean => /auth|key|token|secret|cookie/i.test(header);

/** The package's client, except that an error keeps the whole answer: the package drops what is not under `error`. */
async function loadClient(): Promise<typeof OpenAI> {
  const { OpenAI } = await import('openai');
  return class extends OpenAI {
    protected override makeStatusError(...given: Parameters<OpenAI['makeStatusError']>) {
      const [, parsed, text] = given;
      return Object.assign(super.makeStatusError(...given), { answer: parsed ?? text });
    }
  };
}
