export default class Dice {
  static plugin = { id: 'dice-plain', provides: 'dispatch.tool[]', inject: ['dispatch.clock'] };
  name = 'dice_plain';
  description = 'Roll one six-sided die.';
  input = { type: 'object', properties: {} };
  constructor(clock) {
    this.execute = () => String(1 + (clock.now() % 6));
  }
}
