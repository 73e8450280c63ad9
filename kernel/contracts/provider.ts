import { slot } from '../plugins/ids.js';
import type { Chunk, ModelInfo, ReasoningEffort, Role, Usage } from '../wire/index.js';
import type { Tool } from './tool.js';

/** One message as a model is shown it: a role and its chunks in order. */
export interface Message {
  readonly role: Role;
  readonly chunks: readonly Chunk[];
}

/** A named provider profile. */
export interface Credential {
  /** The part of a model name before the first `/`. */
  name: string;
  /** Which provider speaks for it: its `kind`. */
  provider: string;
  baseURL?: string;
  apiKey?: string;
  /** Model ids, when they are given and need not be asked for. */
  models?: readonly string[];
  /** Model id used when none is named. */
  defaultModel?: string;
  /** Extra HTTP headers. */
  headers?: Readonly<Record<string, string>>;
  /** Model calls of turns that may run at once; 0 = no limit; the server's default when absent. */
  maxConcurrent?: number;
}

/** Everything a provider needs for one step. */
export interface StepRequest {
  model: string;
  messages: readonly Message[];
  tools: readonly Pick<Tool, 'name' | 'description' | 'input'>[];
  effort?: ReasoningEffort;
  /** Tokens; 1 for a warm-up. */
  maxOutputTokens?: number;
  conversationId?: string;
  /** For a provider that `holdsBack`: the request may be made ready before this resolves, and sent after. */
  mayBeSent?: Promise<void>;
  /** Aborting it aborts the request itself. */
  signal: AbortSignal;
}

/** What a provider tells while it streams one step, in order. `finish` comes last, and only if the stream was whole. */
export type StepPart =
  | { type: 'open' }
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string }
  /** A piece of a tool call; pieces of one call share `index`. A higher index or `finish` completes the call. */
  | { type: 'call'; index: number; id?: string; name?: string; input?: string }
  | { type: 'usage'; usage: Usage }
  | { type: 'finish'; reason: string };

/** The parts of one step: iterated, or handed over as they come, which costs less. */
export interface StepStream extends AsyncIterable<StepPart> {
  /** Calls `take` in the moment each part comes; ends as the iteration would. Who has enough aborts the request. */
  each?(take: (part: StepPart) => void): Promise<void>;
}

/** A language model behind a credential. */
export interface Provider {
  /** What credentials name it by, e.g. `openai-compat`. */
  readonly kind: string;
  /** Whether it heeds `mayBeSent`; one that does not is asked only after that. */
  readonly holdsBack?: boolean;
  /** The models a credential offers. Rejects with a `ProviderError`. */
  models(credential: Credential, signal: AbortSignal): Promise<({ id: string } & ModelInfo)[]>;
  /** Streams one step. Throws a `ProviderError`; never retries by itself. */
  stream(credential: Credential, request: StepRequest): StepStream;
}
export const Providers = slot<Provider>('dispatch.provider[]');

/** Why a provider failed, in words fit for the user (without keys), and what may be done about it. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  /** HTTP status, when there was an answer. */
  readonly status?: number;
  /** `network`, `http`, `stream`, `timeout`, `overflow`, `unknown-model`, … */
  readonly code!: string;
  /** Whether the same request may succeed later. */
  readonly retryable!: boolean;
  /** Milliseconds the provider asked to wait. */
  readonly retryAfterMs?: number;

  constructor(message: string, info: { code: string; retryable: boolean; status?: number; retryAfterMs?: number; cause?: unknown }) {
    const { cause, ...rest } = info;
    super(message, { cause });
    Object.assign(this, rest);
  }
}
