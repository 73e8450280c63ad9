/** Counts the hours that the server has been up, once an hour; what it counts is kept. */
export default class Countdown {
  static plugin = {
    id: 'countdown',
    version: '1.0.0',
    engine: '^0.1.0',
    provides: 'dispatch.job[]',
    inject: ['dispatch.key-value', 'dispatch.logger'],
  };
  id = 'countdown';
  title = 'Counts the hours';
  schedule = { everyMs: 3_600_000 };

  constructor(keyValue, logger) {
    this.store = keyValue.for('countdown');
    this.logger = logger;
  }

  async run() {
    const hours = await this.store.update('hours', (count = 0) => count + 1);
    this.logger.info(`up for ${hours} hours in all`);
  }
}
