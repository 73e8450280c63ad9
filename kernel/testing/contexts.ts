import type { TurnContext } from '../bus/filters.js';
import type { StepRequest } from '../contracts/provider.js';
import type { ToolContext } from '../contracts/tool.js';

const live = (): AbortSignal => new AbortController().signal;

/** What a tool gets besides its input, as far as a test does not say otherwise. */
export const toolContext = (said: Partial<ToolContext> = {}): ToolContext => ({
  ...{ conversationId: 'test', turnId: 'test', toolCallId: 'test', cwd: '/', readableRoots: [] },
  signal: live(),
  output: () => undefined,
  ...said,
});

/** What a filter knows of its turn, as far as a test does not say otherwise. */
export const turnContext = (said: Partial<TurnContext> = {}): TurnContext => ({
  ...{ conversationId: 'test', workspaceId: 'default', cwd: '/', model: 'test/model' },
  ...said,
});

/** What a provider is asked for: by a text, the one message of a user; else as far as a test does not say otherwise. */
export const stepRequest = (said: string | Partial<StepRequest> = {}): StepRequest => ({
  model: 'model',
  messages: typeof said === 'string' ? [{ role: 'user', chunks: [{ type: 'text', text: said }] }] : [],
  tools: [],
  signal: live(),
  ...(typeof said === 'string' ? {} : said),
});
