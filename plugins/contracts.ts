/**
 * Published as `dispatch/contracts`: what the server's own plugins offer to others, as far as it is promised
 * (`docs/decisions/011-what-is-promised.md`). `z` is the server's own zod, for the schemas of routes and messages.
 */
export { z } from 'zod';
export { type Command, type CommandContext, Commands } from './commands/contract.js';
export { type CredentialSource, CredentialSources } from './credential-store/contract.js';
export { type Job, Jobs } from './jobs/contract.js';
export { KeyValue, type KeyValueStore } from './plugin-storage/contract.js';
export { type CallFilter, CallFilters, type CallVerdict, type ToolCall } from './session-orchestrator/contract.js';
export { type SkillSource, SkillSources } from './skills/contract.js';
export { Database, type EntitySet, EntitySets, StorageError } from './storage-sqlite/contract.js';
export {
  ActionRefused,
  type SurfaceAction,
  type SurfaceProvider,
  Surfaces,
  SurfaceUpdates,
  surfaceAction,
} from './surface-registry/contract.js';
export {
  type AccessRule,
  AccessRules,
  Answer,
  Content,
  type HealthCheck,
  HealthChecks,
  HttpError,
  type LineSink,
  Lines,
  type Method,
  type Refusal,
  type Route,
  type RouteGroup,
  type RouteRequest,
  Routes,
  route,
} from './transport-http/contract.js';
export {
  MessageRefused,
  type SocketClient,
  type SocketHandler,
  SocketHandlers,
  type SocketMessage,
  socketMessage,
} from './transport-ws/contract.js';
export { type AfterEdit, AfterEdits, type FileEdit, PathRefused, WorkingFiles } from './working-directory/contract.js';
