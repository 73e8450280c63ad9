import { resolve } from 'node:path';
import { Config, inject, plugin, type TurnContext } from 'dispatch/kernel';
import type { PreviewAnswer, PreviewRequest, SystemPromptAnswer, SystemPromptVariables } from 'dispatch/wire';
import * as z from 'zod';
import { Conversations, conversationIdPattern } from '../conversation-store/contract.js';
import { Models } from '../credential-store/contract.js';
import { type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { Templates } from './system-prompt.js';
import { Variables, variableList } from './variables.js';

const template = z.string().max(262_144, 'a template has 262,144 characters at most');
const templateBody = wire<SystemPromptAnswer>('SystemPromptRequest')(z.object({ template }));
const templateAnswer = wire<SystemPromptAnswer>('SystemPromptAnswer')(z.object({ template: z.string() }));
const previewAnswer = wire<PreviewAnswer>('PreviewAnswer')(z.object({ text: z.string() }));
const previewBody = wire<PreviewRequest>('PreviewRequest')(
  z.object({
    template,
    conversationId: z
      .string()
      .regex(conversationIdPattern, 'a conversation id has 1 to 200 characters, none of them a control character')
      .meta({ examples: ['my-conversation'] })
      .optional(),
    cwd: z
      .string()
      .max(4096)
      .refine((path) => path.trim() !== '' && !path.includes('\0'), 'a directory cannot be blank')
      .meta({ examples: ['src'] })
      .optional(),
  }),
);
const variablesAnswer = wire<SystemPromptVariables>('SystemPromptVariables')(
  z.object({
    variables: z.array(z.object({ type: z.string(), name: z.string(), description: z.string(), dynamic: z.boolean().optional() })),
  }),
);

@plugin({ id: 'system-prompt-routes', version: '0.1.0', provides: Routes })
export class SystemPromptRoutes implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(
    @inject(Templates) private readonly templates: Templates,
    @inject(Variables) private readonly variables: Variables,
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(Models) private readonly models: Models,
    @inject(Config) private readonly config: Config,
  ) {
    this.routes = [
      route({
        method: 'GET',
        path: '/system-prompt',
        summary: 'The template of the system prompt',
        answer: templateAnswer,
        handle: async (): Promise<SystemPromptAnswer> => ({ template: await this.templates.template() }),
      }),
      route({
        method: 'PUT',
        path: '/system-prompt',
        summary: 'Sets the template, for conversations whose prompt is not filled in yet',
        body: templateBody,
        answer: templateAnswer,
        handle: async ({ body }): Promise<SystemPromptAnswer> => {
          await this.templates.setTemplate(body.template);
          return { template: body.template };
        },
      }),
      route({
        method: 'GET',
        path: '/system-prompt/variables',
        summary: 'What a template may ask for',
        answer: variablesAnswer,
        handle: (): SystemPromptVariables => ({ variables: variableList }),
      }),
      route({
        method: 'POST',
        path: '/system-prompt/preview',
        summary: 'Fills a template in without keeping anything',
        body: previewBody,
        answer: previewAnswer,
        handle: async ({ body }) => ({ text: await this.variables.fill(body.template, await this.context(body)) }),
      }),
    ];
  }

  /** The turn that would come next. */
  private async context({ conversationId, cwd }: z.infer<typeof previewBody>): Promise<TurnContext> {
    const state = conversationId === undefined ? undefined : await this.conversations.state(conversationId);
    const model = await this.models.resolve(state?.model).catch(() => undefined);
    return {
      conversationId: conversationId ?? '',
      workspaceId: state?.workspaceId ?? 'default',
      cwd: resolve(state?.workspaceCwd ?? this.config.text('cwd'), cwd ?? state?.cwd ?? '.'),
      model: model?.name ?? state?.model ?? '',
    };
  }
}
