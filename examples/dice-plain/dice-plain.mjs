export default class Dice {
  static plugin = { id: 'dice-plain', version: '1.0.0', engine: '^0.1.0', provides: 'dispatch.tool[]', inject: ['dispatch.clock'] };
  name = 'dice_plain';
  description = 'Roll one six-sided die.';
  input = { type: 'object', properties: {} };
  constructor(clock) {
    this.execute = () => String(1 + (clock.now() % 6));
  }
}
