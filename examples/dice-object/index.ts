import { Clock, definePlugin, Tools } from 'dispatch/kernel';

const about = { name: 'dice_object', description: 'Roll one six-sided die.', input: { type: 'object', properties: {} } };

export default definePlugin({
  id: 'dice-object',
  version: '1.0.0',
  engine: '^0.1.0',
  provides: Tools,
  inject: { clock: Clock },
  create: ({ clock }) => ({ ...about, execute: () => String(1 + (clock.now() % 6)) }),
});
