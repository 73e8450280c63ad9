import { plugin, type Tool, Tools } from 'dispatch/kernel';

@plugin({ id: 'dice-class', version: '1.0.0', engine: '^0.1.0', provides: Tools })
export default class Dice implements Tool {
  readonly name = 'dice';
  readonly description = 'Roll one six-sided die.';
  readonly input = { type: 'object', properties: {} };
  execute = () => String(1 + Math.floor(Math.random() * 6));
}
