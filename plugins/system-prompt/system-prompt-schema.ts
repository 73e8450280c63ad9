import { definePlugin } from 'dispatch/kernel';
import { EntitySets } from '../storage-sqlite/contract.js';
import { PromptRow } from './entities/prompt-row.js';
import { TemplateRow } from './entities/template-row.js';
import { SystemPrompt1763810000000 } from './system-prompt-migration.js';

/** The tables, apart from the plugin that needs the database they are in. */
export const systemPromptSchema = definePlugin({
  id: 'system-prompt-schema',
  version: '0.1.0',
  provides: EntitySets,
  create: () => ({ entities: [PromptRow, TemplateRow], migrations: [SystemPrompt1763810000000] }),
});
