/** The only door to what plugins are as packages: what they declare, and how they are installed. */
export { engineProblem } from './engine-range.js';
export { type Installed, PackageError, PackageStore, type Prepared } from './package-store.js';
export { type PluginFolders, pluginFolders } from './plugin-folders.js';
export { readManifest } from './read-manifest.js';
export { receiptProblem } from './receipt.js';
