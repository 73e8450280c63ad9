/** One of the server's own plugins, as a test hands it to `hostWith`; what its folder exports by default. */
declare const plugin: unknown;
export default plugin;
