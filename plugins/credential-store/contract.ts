import { type Credential, type Provider, type Service, type Slot, service, slot } from 'dispatch/kernel';
import type { ModelInfo, ModelsAnswer } from 'dispatch/wire';

/** A plugin that knows credentials: from the environment, from a file, from a vault. */
export interface CredentialSource {
  /** Lower is asked first; the first credential of all is the default one. 0 when absent. */
  readonly order?: number;
  /** Asked anew each time; empty when there are none. */
  credentials(): readonly Credential[];
}
export const CredentialSources: Slot<CredentialSource> = slot<CredentialSource>('dispatch.credential-source[]');

/** A model name resolved to what speaks for it. */
export interface BoundModel extends ModelInfo {
  /** `<credential>/<model>` */
  name: string;
  model: string;
  credential: Credential;
  provider: Provider;
}

/** Credentials, and the catalog of models behind them. */
export interface Models {
  /**
   * Resolves a model name, or the server's default for none. Asks no provider: a model outside the catalog is allowed
   * under a known credential. Throws `UnknownModel`.
   */
  resolve(name: string | null | undefined): Promise<BoundModel>;
  /** The catalog: all credentials asked side by side; one that fails is missing, with a warning in the log. */
  catalog(): Promise<ModelsAnswer>;
}
export const Models: Service<Models> = service<Models>('dispatch.models');

/** `unknown model: <name>`, why where that is known, and the nearest names there are. */
export class UnknownModel extends Error {
  readonly code = 'unknown-model';
  constructor(
    readonly model: string,
    readonly near: readonly string[],
    readonly reason?: string,
  ) {
    const because = reason === undefined ? '' : ` (${reason})`;
    const instead = near.length > 0 ? `near names: ${near.join(', ')}` : 'there are no models: set DISPATCH_API_KEY';
    super(`unknown model: ${model}${because}; ${instead}`);
    this.name = 'UnknownModel';
  }
}

export { checkedApiKey, checkedBaseURL, isLoopback, plainHttpHosts } from './checked.js';
