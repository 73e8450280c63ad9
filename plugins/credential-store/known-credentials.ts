import { type Config, type Credential, type Logger, messageOf, type Secrets } from 'dispatch/kernel';
import { checkedBaseURL, plainHttpHosts } from './checked.js';
import { configuredCredentials } from './configured-credentials.js';
import type { CredentialSource } from './contract.js';

/** All credentials there are: those of the configuration, and those that plugins add; lower order first. */
export class KnownCredentials {
  private readonly configured: readonly Credential[];
  private readonly plainHttpHosts: readonly string[];
  private readonly told = new Set<string>();
  /** What has been checked before; a source that hands out the same object again is not checked again. */
  private readonly checked = new WeakMap<Credential, boolean>();

  constructor(
    config: Config,
    private readonly sources: readonly CredentialSource[],
    private readonly secrets: Secrets,
    private readonly logger: Logger,
  ) {
    this.plainHttpHosts = plainHttpHosts(config);
    this.configured = configuredCredentials(config.value('credentials'), this.plainHttpHosts, (sentence) => logger.error(sentence));
    for (const credential of this.configured) this.keepSecret(credential);
  }

  /** Names are unique: of two with the same name the first one counts. */
  list(): Credential[] {
    const own: CredentialSource = { order: 0, credentials: () => this.configured };
    const byName = new Map<string, Credential>();
    const sources = [own, ...this.sources].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
    for (const credential of sources.flatMap((source) => this.ask(source))) {
      if (byName.has(credential.name)) this.tellOnce(`there are two credentials named "${credential.name}"; the first one counts`);
      else if (this.isUsable(credential)) byName.set(credential.name, credential);
    }
    return [...byName.values()];
  }

  private ask(source: CredentialSource): readonly Credential[] {
    try {
      return source.credentials();
    } catch (error) {
      this.tellOnce(`a source of credentials failed: ${messageOf(error)}`);
      return [];
    }
  }

  private isUsable(credential: Credential): boolean {
    const known = this.checked.get(credential) ?? this.check(credential);
    this.checked.set(credential, known);
    return known;
  }

  /** The same rule for every source: a key never travels in the open. */
  private check(credential: Credential): boolean {
    const { name, baseURL, apiKey } = credential;
    this.keepSecret(credential);
    try {
      if (!/^[^/\s]+$/.test(name)) throw new Error('its name must be one word without "/"');
      if (baseURL !== undefined) checkedBaseURL(baseURL, apiKey !== undefined, this.plainHttpHosts);
      return true;
    } catch (error) {
      this.tellOnce(`credential "${name}" is left out: ${messageOf(error)}`);
      return false;
    }
  }

  private keepSecret({ apiKey }: Credential): void {
    if (apiKey !== undefined) this.secrets.add(apiKey);
  }

  private tellOnce(sentence: string): void {
    if (this.told.has(sentence)) return;
    this.told.add(sentence);
    this.logger.warn(sentence);
  }
}
