import { definePlugin, Logger, Tools } from 'dispatch/kernel';

export default definePlugin({
  id: 'dice-object', provides: Tools, inject: { logger: Logger },
  create: ({ logger }) => ({
    name: 'dice_object', description: 'Roll one six-sided die.', input: { type: 'object', properties: {} },
    execute: () => (logger.info('rolled'), String(1 + Math.floor(Math.random() * 6))),
  }),
});
