import { SystemPrompt } from './system-prompt.js';
import { SystemPromptRoutes } from './system-prompt-routes.js';
import { systemPromptSchema } from './system-prompt-schema.js';
import { TurnVariables } from './variables.js';

export default [systemPromptSchema, TurnVariables, SystemPrompt, SystemPromptRoutes];
