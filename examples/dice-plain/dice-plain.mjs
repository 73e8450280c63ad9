export default class Dice {
  static plugin = { id: 'dice-plain', provides: 'dispatch.tool[]', inject: ['dispatch.logger'] };
  constructor(logger) {
    this.logger = logger;
  }
  name = 'dice_plain';
  description = 'Roll one six-sided die.';
  input = { type: 'object', properties: {} };
  execute() {
    this.logger.info('rolled');
    return String(1 + Math.floor(Math.random() * 6));
  }
}
