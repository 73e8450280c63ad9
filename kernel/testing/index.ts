/** Published as `dispatch/testing`: fakes and checks for tests of plugins. */
export { stepRequest, toolContext, turnContext } from './contexts.js';
export { type FakeProvider, fakeProvider, type Scripted } from './fake-provider.js';
export { hostWith, type TestHost } from './host-with.js';
export { quietLogger } from './quiet-logger.js';
export { testClock } from './test-clock.js';
export { testConfig } from './test-config.js';
export { type ToolTrial, toolContract } from './tool-contract.js';
export { useFilters, useProvider, useTool } from './use.js';
