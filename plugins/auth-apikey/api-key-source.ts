import { Config, type Credential, inject, Logger, messageOf, plugin, Secrets } from 'dispatch/kernel';
import { type CredentialSource, CredentialSources, plainHttpHosts } from '../credential-store/contract.js';
import { apiKeyCredential } from './api-key-credential.js';

/** The credential made of `DISPATCH_API_KEY` and its kin. */
@plugin({ id: 'auth-apikey', version: '0.1.0', provides: CredentialSources })
export class ApiKeySource implements CredentialSource {
  /** Before those of configuration files, as the environment goes before files. */
  readonly order = -10;
  private readonly made: readonly Credential[];

  constructor(@inject(Config) config: Config, @inject(Secrets) secrets: Secrets, @inject(Logger) logger: Logger) {
    const text = (key: string): string | undefined => {
      const value = config.value(key);
      return typeof value === 'string' ? value : undefined;
    };
    const apiKey = text('provider.apiKey');
    if (apiKey?.trim()) secrets.add(apiKey.trim());
    this.made = [];
    try {
      const credential = apiKeyCredential({
        apiKey,
        baseUrl: text('provider.baseUrl'),
        model: text('provider.model'),
        credential: text('provider.credential'),
        plainHttpHosts: plainHttpHosts(config),
      });
      if (credential) this.made = [credential];
    } catch (error) {
      logger.error(`the credential of DISPATCH_API_KEY or OPENAI_API_KEY is left out: ${messageOf(error)}`);
    }
  }

  credentials(): readonly Credential[] {
    return this.made;
  }
}
