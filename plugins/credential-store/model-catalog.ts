import { type Clock, type Credential, type Logger, messageOf, type Provider, ProviderError } from 'dispatch/kernel';
import type { ModelInfo } from 'dispatch/wire';

/** One model a credential offers. */
export type Offer = { id: string } & ModelInfo;

interface Entry {
  /** The last answer; absent before the first and after a failure. */
  offers?: readonly Offer[];
  /** Why the last run failed. */
  failure?: string;
  /** `elapsed` time of the last answer or failure. */
  at: number;
  running?: Promise<void>;
}

const answerLimit = 5_000;
const fresh = 5 * 60_000;
const restAfterFailure = 30_000;

/** What each credential offers, asked at most once every five minutes. */
export class ModelCatalog {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly providers: readonly Provider[],
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  provider(credential: Credential): Provider | undefined {
    return this.providers.find(({ kind }) => kind === credential.provider);
  }

  /** What is known just now, without waiting; a run is started where that is nothing or old. */
  known(credential: Credential): readonly Offer[] | undefined {
    if (credential.models) return credential.models.map((id) => ({ id }));
    const entry = this.entry(credential);
    if (this.isDue(entry)) void this.run(credential, entry);
    return entry.offers;
  }

  /** What is known, asking first where that is nothing. Undefined when the credential fails. */
  async offers(credential: Credential): Promise<readonly Offer[] | undefined> {
    const known = this.known(credential);
    if (known) return known;
    const entry = this.entry(credential);
    await entry.running;
    return entry.offers;
  }

  /** Why the last run failed; undefined when it did not. */
  failure(credential: Credential): string | undefined {
    return this.entry(credential).failure;
  }

  private entry({ name, provider, baseURL, apiKey }: Credential): Entry {
    const key = JSON.stringify([name, provider, baseURL, apiKey]);
    const entry = this.entries.get(key) ?? { at: Number.NEGATIVE_INFINITY };
    this.entries.set(key, entry);
    return entry;
  }

  private isDue({ running, failure, at }: Entry): boolean {
    if (running) return false;
    return this.clock.elapsed() - at >= (failure === undefined ? fresh : restAfterFailure);
  }

  private run(credential: Credential, entry: Entry): Promise<void> {
    const asking = this.ask(credential).then(
      (offers) => {
        entry.offers = offers;
        entry.failure = undefined;
      },
      (error: unknown) => {
        const failure = messageOf(error);
        if (failure !== entry.failure) this.logger.warn(`the models of credential "${credential.name}" are missing: ${failure}`);
        entry.offers = undefined;
        entry.failure = failure;
      },
    );
    entry.running = asking.then(() => {
      entry.at = this.clock.elapsed();
      entry.running = undefined;
    });
    return entry.running;
  }

  private async ask(credential: Credential): Promise<readonly Offer[]> {
    const provider = this.provider(credential);
    if (!provider) throw new Error(`there is no provider of the kind "${credential.provider}"`);
    const limit = new AbortController();
    const answered = new AbortController();
    const late = this.clock.sleep(answerLimit, answered.signal).then((): never => {
      limit.abort();
      throw new ProviderError(`no answer within ${answerLimit / 1000} s`, { code: 'timeout', retryable: true });
    });
    try {
      return await Promise.race([provider.models(credential, limit.signal), late]);
    } finally {
      late.catch(() => {});
      answered.abort();
    }
  }
}
