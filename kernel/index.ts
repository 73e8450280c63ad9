/** The only door to the kernel. */
export { type DispatchEvent, type EventListener, EventListeners, tell } from './bus/events.js';
export {
  type Filter,
  MessageFilters,
  PromptFilters,
  runFilters,
  ToolFilters,
  type TurnContext,
} from './bus/filters.js';
export { Clock } from './contracts/clock.js';
export { Config, Settings } from './contracts/config.js';
export { PluginList } from './contracts/host.js';
export { Logger } from './contracts/logger.js';
export {
  type Credential,
  type Message,
  type Provider,
  ProviderError,
  Providers,
  type StepPart,
  type StepRequest,
  type StepStream,
} from './contracts/provider.js';
export { Secrets } from './contracts/secrets.js';
export { type JsonSchema, type Tool, type ToolAnswer, type ToolContext, Tools } from './contracts/tool.js';
export { type ErrorCode, KernelError, messageOf } from './errors.js';
export type { Candidate } from './plugins/candidate.js';
export { definePlugin, definitionsFrom, inject, type Lifecycle, type PluginDefinition, plugin } from './plugins/definition.js';
export { PluginHost } from './plugins/host.js';
export { type Id, type Service, type Slot, service, slot } from './plugins/ids.js';
export { type Manifest, parseManifest } from './plugins/manifest.js';
export { nearest } from './plugins/nearest.js';
export { runTurn, type TurnInput, type TurnOutcome } from './turn/run-turn.js';
