/** What authors of plugins are helped with; the command line is one way to it. */

export { usualFolder } from '../server/boot/plugin-roots.js';
export type { Check, Trial } from './checks.js';
export { type Inspected, inspectPlugin } from './inspect-plugin.js';
export { type MadePlugin, newPlugin } from './new-plugin.js';
export { ownPlace } from './own-place.js';
export type { Language } from './plugin-files.js';
export { testPlugin } from './test-plugin.js';
