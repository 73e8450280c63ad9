import { Config, type Credential, inject, Logger, messageOf, plugin, Secrets } from 'dispatch/kernel';
import {
  type CredentialSource,
  CredentialSources,
  checkedApiKey,
  checkedBaseURL,
  isLoopback,
  plainHttpHosts,
} from '../credential-store/contract.js';

/** The credential `umans`, made of `UMANS_API_KEY` and its kin; whoever speaks `openai-compat` serves it. */
@plugin({ id: 'provider-umans', version: '0.1.0', provides: CredentialSources })
export class UmansCredential implements CredentialSource {
  /** After the credential of `DISPATCH_API_KEY`, before those of configuration files. */
  readonly order = -5;
  private readonly made: readonly Credential[] = [];

  constructor(@inject(Config) config: Config, @inject(Secrets) secrets: Secrets, @inject(Logger) logger: Logger) {
    const text = (key: string): string => {
      const value = config.value(key);
      return typeof value === 'string' ? value.trim() : '';
    };
    const given = text('umans.apiKey');
    if (given !== '') secrets.add(given);
    try {
      const apiKey = given === '' ? undefined : checkedApiKey(given);
      const baseURL = checkedBaseURL(text('umans.baseUrl'), apiKey !== undefined, plainHttpHosts(config));
      // Without a key there is one only for a server on this machine.
      if (apiKey === undefined && !isLoopback(new URL(baseURL).hostname)) return;
      const model = text('umans.model');
      const bare = model.startsWith('umans/') ? model.slice('umans/'.length) : model;
      this.made = [
        {
          name: 'umans',
          provider: 'openai-compat',
          baseURL,
          ...(apiKey !== undefined && { apiKey }),
          ...(bare !== '' && { defaultModel: bare }),
        },
      ];
    } catch (error) {
      logger.error(`the credential of UMANS_API_KEY is left out: ${messageOf(error)}`);
    }
  }

  credentials(): readonly Credential[] {
    return this.made;
  }
}
