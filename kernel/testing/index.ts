export { quietLogger } from './quiet-logger.js';
export { testClock } from './test-clock.js';
