/**
 * How every file tool opens files: inside the working directory, or not at all. A tool that writes opens the folder it
 * writes into and names its files through `throughHandle`.
 */

export { type Opened, openInside, type Places, throughHandle } from './open-inside.js';
export { PathRefused, type RefusalCode } from './path-refused.js';
export { secretRule } from './secret-paths.js';
export { allowedSecrets } from './settings.js';
