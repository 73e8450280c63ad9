import { Clock, Config, type Credential, inject, Logger, type Provider, Providers, plugin, Secrets } from 'dispatch/kernel';
import type { ModelInfo, ModelsAnswer } from 'dispatch/wire';
import { type BoundModel, type CredentialSource, CredentialSources, Models, UnknownModel } from './contract.js';
import { KnownCredentials } from './known-credentials.js';
import { ModelCatalog, type Offer } from './model-catalog.js';
import { nearNames } from './near-names.js';

/** Credentials by name, and the models behind them. */
@plugin({ id: 'credential-store', version: '0.1.0', provides: Models })
export class ModelStore implements Models {
  private readonly credentials: KnownCredentials;
  private readonly models: ModelCatalog;

  constructor(
    @inject(Config) config: Config,
    @inject(Providers) providers: readonly Provider[],
    @inject(CredentialSources) sources: readonly CredentialSource[],
    @inject(Secrets) secrets: Secrets,
    @inject(Clock) clock: Clock,
    @inject(Logger) logger: Logger,
  ) {
    this.credentials = new KnownCredentials(config, sources, secrets, logger);
    this.models = new ModelCatalog(providers, clock, logger);
  }

  async resolve(name: string | null | undefined): Promise<BoundModel> {
    const credentials = this.credentials.list();
    if (name === null || name === undefined || name === '') return this.standard(credentials);
    const slash = name.indexOf('/');
    const model = name.slice(slash + 1);
    const credential = slash > 0 ? credentials.find((each) => each.name === name.slice(0, slash)) : undefined;
    if (!credential || model === '') throw await this.unknown(name);
    return this.bound(credential, model);
  }

  async catalog(): Promise<ModelsAnswer> {
    const credentials = this.credentials.list();
    const offers = await Promise.all(credentials.map((credential) => this.models.offers(credential)));
    const models: string[] = [];
    const modelInfo: Record<string, ModelInfo> = {};
    for (const [i, { name }] of credentials.entries())
      for (const offer of offers[i] ?? []) {
        const full = `${name}/${offer.id}`;
        models.push(full);
        const info = infoOf(offer);
        if (Object.keys(info).length > 0) modelInfo[full] = info;
      }
    return Object.keys(modelInfo).length > 0 ? { models, modelInfo } : { models };
  }

  /** The model used when none is named: that of the first credential. */
  private async standard(credentials: readonly Credential[]): Promise<BoundModel> {
    const [first] = credentials;
    if (!first) throw new UnknownModel('(none named)', []);
    const model = first.defaultModel ?? (await this.models.offers(first))?.[0]?.id;
    if (model !== undefined) return this.bound(first, model);
    const failure = this.models.failure(first);
    throw await this.unknown(`${first.name}/(its first)`, failure ?? 'the credential offers no models: name one with DISPATCH_MODEL');
  }

  private async bound(credential: Credential, model: string): Promise<BoundModel> {
    const name = `${credential.name}/${model}`;
    const provider = this.models.provider(credential);
    if (!provider) throw await this.unknown(name, `there is no provider of the kind "${credential.provider}"`);
    const offer = this.models.known(credential)?.find(({ id }) => id === model);
    return { name, model, credential, provider, ...(offer && infoOf(offer)) };
  }

  private async unknown(name: string, reason?: string): Promise<UnknownModel> {
    const { models } = await this.catalog();
    return new UnknownModel(name, nearNames(name, models), reason);
  }
}

const infoOf = ({ contextWindow, vision }: Offer): ModelInfo => ({
  ...(contextWindow !== undefined && { contextWindow }),
  ...(vision !== undefined && { vision }),
});
