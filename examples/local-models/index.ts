import { CredentialSources } from 'dispatch/contracts';
import { Config, definePlugin } from 'dispatch/kernel';

const port = { type: 'integer', minimum: 1, maximum: 65_535, description: 'Port of the model server; 11434 when absent.' };

/** The models of a server on this machine that speaks as OpenAI does: `local/<model>`. It needs no key. */
export default definePlugin({
  id: 'local-models',
  version: '1.0.0',
  engine: '^0.1.0',
  provides: CredentialSources,
  inject: { config: Config },
  settings: { type: 'object', properties: { port }, additionalProperties: false },
  create: ({ config }) => ({
    credentials: () => {
      const at = config.value('plugins.settings.local-models.port') ?? 11_434;
      return [{ name: 'local', provider: 'openai-compat', baseURL: `http://127.0.0.1:${at}/v1` }];
    },
  }),
});
