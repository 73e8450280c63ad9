import { type CredentialSource, CredentialSources } from 'dispatch/contracts';
import { type Credential, type Provider, ProviderError, Providers, plugin, type StepPart, type StepRequest } from 'dispatch/kernel';

/** A language model that says everything again: `echo/parrot`, and `echo/deaf`, which never hears anything. */
@plugin({ id: 'echo-provider', version: '1.0.0', engine: '^0.1.0', provides: [Providers, CredentialSources] })
export default class EchoProvider implements Provider, CredentialSource {
  readonly kind = 'echo';
  /** Behind all others, so that it becomes nobody's default by accident. */
  readonly order = 100;

  credentials(): Credential[] {
    return [{ name: 'echo', provider: this.kind }];
  }

  async models() {
    return [{ id: 'parrot', contextWindow: 8_000 }, { id: 'deaf' }];
  }

  async *stream(_credential: Credential, { model, messages, signal }: StepRequest): AsyncGenerator<StepPart> {
    if (model === 'deaf') throw new ProviderError('it hears nothing', { code: 'deaf', retryable: false });
    const said = messages.flatMap(({ chunks }) => chunks.flatMap((chunk) => (chunk.type === 'text' ? [chunk.text] : []))).at(-1) ?? '';
    for (const word of said.split(/(?<= )/)) {
      signal.throwIfAborted();
      yield { type: 'text', text: word };
    }
    yield { type: 'usage', usage: { inputTokens: said.length, outputTokens: said.length } };
    yield { type: 'finish', reason: 'stop' };
  }
}
