// dispatch/kernel, as it is since 0.1.0
// Made by DISPATCH_API=write npm test -- tests/api; docs/decisions/011-what-is-promised.md says what may change when.
/// <reference types="node" />

import { ChatEvent, Broadcast, PluginChanged, Role, Chunk, ModelInfo, ReasoningEffort, Usage, PluginStatus, TurnEvent, StepMetrics } from 'dispatch/wire';

declare const provided: unique symbol;
/** Id of something that exactly one plugin provides. */
type Service<T> = symbol & {
    readonly [provided]: T;
    readonly many?: false;
};
/** Id of a place that any number of plugins may fill. */
type Slot<T> = symbol & {
    readonly [provided]: T;
    readonly many: true;
};
/** Either kind of id. */
type Id<T = unknown> = Service<T> | Slot<T>;
/** What a plugin that needs this id is handed: the service itself, or the live list of what fills the slot. */
type Provided<I> = I extends Slot<infer T> ? readonly T[] : I extends Service<infer T> ? T : never;
/** What a plugin that provides this id has to be. */
type Item<I> = I extends Slot<infer T> ? T : I extends Service<infer T> ? T : never;
/** Makes the id of a service. Ids with equal text are equal, so that two copies of a library still meet. */
declare const service: <T>(id: string) => Service<T>;
/** Makes the id of a slot; its text ends in `[]`. */
declare const slot: <T>(id: `${string}[]`) => Slot<T>;

/** Everything that happens, for those who only look on. */
type DispatchEvent = ChatEvent | Broadcast | PluginChanged;
/** A plugin that looks on. It gets an event after it was stored; it cannot hold anything up. */
interface EventListener {
    onEvent(event: DispatchEvent): void;
}
declare const EventListeners: Slot<EventListener>;
/** Tells every listener; one that throws is reported and harms nobody. */
declare function tell(listeners: readonly EventListener[], event: DispatchEvent, report: (thrown: unknown) => void): void;

/** JSON Schema of a tool's input; the top level describes an object. */
type JsonSchema = Record<string, unknown>;
/** What a tool gets besides its input. */
interface ToolContext {
    conversationId: string;
    turnId: string;
    toolCallId: string;
    /** Absolute path of the turn's working directory, the base of relative paths. */
    cwd: string;
    /** Absolute directories outside `cwd` that reading tools may look into (spilled results). */
    readableRoots: readonly string[];
    /** Aborted when the turn is stopped; a tool answers soon after. */
    signal: AbortSignal;
    /** Shows live output to those who watch. */
    output(data: string, stream: 'stdout' | 'stderr'): void;
}
/** What a tool answers: text for the model, and whether it is a failure. A plain string is a success. */
type ToolAnswer = string | {
    content: string;
    isError: boolean;
};
/** Something a model may call. */
interface Tool {
    /** Unique among all tools; letters, digits, `_` and `-`. */
    readonly name: string;
    /** Told to the model. */
    readonly description: string;
    /** The input is checked against this before `execute` sees it. */
    readonly input: JsonSchema;
    /** Whether it may run beside other tools; when absent it runs alone. */
    readonly concurrencySafe?: boolean;
    /** Throwing is answered to the model as an error result. */
    execute(input: any, context: ToolContext): Promise<ToolAnswer> | ToolAnswer;
}
declare const Tools: Slot<Tool>;

/** One message as a model is shown it: a role and its chunks in order. */
interface Message {
    readonly role: Role;
    readonly chunks: readonly Chunk[];
}
/** A named provider profile. */
interface Credential {
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
interface StepRequest {
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
type StepPart = {
    type: 'open';
} | {
    type: 'text';
    text: string;
} | {
    type: 'thinking';
    text: string;
}
/** A piece of a tool call; pieces of one call share `index`. A higher index or `finish` completes the call. */
 | {
    type: 'call';
    index: number;
    id?: string;
    name?: string;
    input?: string;
} | {
    type: 'usage';
    usage: Usage;
} | {
    type: 'finish';
    reason: string;
};
/** The parts of one step: iterated, or handed over as they come, which costs less. */
interface StepStream extends AsyncIterable<StepPart> {
    /** Calls `take` in the moment each part comes; ends as the iteration would. Who has enough aborts the request. */
    each?(take: (part: StepPart) => void): Promise<void>;
}
/** A language model behind a credential. */
interface Provider {
    /** What credentials name it by, e.g. `openai-compat`. */
    readonly kind: string;
    /** Whether it heeds `mayBeSent`; one that does not is asked only after that. */
    readonly holdsBack?: boolean;
    /** The models a credential offers. Rejects with a `ProviderError`. */
    models(credential: Credential, signal: AbortSignal): Promise<({
        id: string;
    } & ModelInfo)[]>;
    /** Streams one step. Throws a `ProviderError`; never retries by itself. */
    stream(credential: Credential, request: StepRequest): StepStream;
}
declare const Providers: Slot<Provider>;
/** Why a provider failed, in words fit for the user (without keys), and what may be done about it. */
declare class ProviderError extends Error {
    readonly name = "ProviderError";
    /** HTTP status, when there was an answer. */
    readonly status?: number;
    /** `network`, `http`, `stream`, `timeout`, `overflow`, `unknown-model`, … */
    readonly code: string;
    /** Whether the same request may succeed later. */
    readonly retryable: boolean;
    /** Milliseconds the provider asked to wait. */
    readonly retryAfterMs?: number;
    constructor(message: string, info: {
        code: string;
        retryable: boolean;
        status?: number;
        retryAfterMs?: number;
        cause?: unknown;
    });
}

/** What a filter knows of the turn it is asked for. */
interface TurnContext {
    conversationId: string;
    workspaceId: string;
    /** Absolute path. */
    cwd: string;
    /** `<credential>/<model>` */
    model: string;
}
/** One link of a chain: takes the value so far, gives the next. Lower `order` runs first; 0 when absent. */
interface Filter<T> {
    readonly order?: number;
    /** Whether a turn is refused, rather than this filter skipped, when it fails. */
    readonly critical?: boolean;
    filter(value: T, context: TurnContext): T | Promise<T>;
}
/** Chooses the tools a turn offers. */
declare const ToolFilters: Slot<Filter<readonly Tool[]>>;
/** Builds the system prompt; the chain starts with an empty text. */
declare const PromptFilters: Slot<Filter<string>>;
/** Changes the messages a provider is shown; never what is stored. */
declare const MessageFilters: Slot<Filter<readonly Message[]>>;
/** Runs a chain in order. A filter that throws is reported and skipped: the value before it goes on; a critical one ends it. */
declare function runFilters<T>(filters: readonly Filter<T>[], value: T, context: TurnContext, report: (thrown: unknown, filter: Filter<T>) => void): Promise<T>;

/** The only source of time: tests hand in their own. */
interface Clock {
    /** Epoch milliseconds. */
    now(): number;
    /** Milliseconds that only ever rise; for durations. */
    elapsed(): number;
    /** Resolves after `ms` milliseconds, or as soon as the signal aborts (it never rejects). */
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
declare const Clock: Service<Clock>;

/**
 * Settings by dotted key (`http.port`), validated and merged before any plugin sees them. The typed readers throw
 * `config-type` when the key holds something else or nothing at all.
 */
interface Config {
    /** Undefined when the key is not set. */
    value(key: string): unknown;
    text(key: string): string;
    number(key: string): number;
    flag(key: string): boolean;
    list(key: string): readonly string[];
}
declare const Config: Service<Config>;
/** What `plugins.settings` has for one plugin: each is handed its own, by plain keys, checked and completed by the schema it declares. */
type Settings = Config;
declare const Settings: Service<Config>;

/** A view of the plugin host, for those who show it. */
interface PluginList {
    /** Every plugin found, in start order, failed ones with their reason. */
    status(): PluginStatus[];
}
declare const PluginList: Service<PluginList>;

/** Takes a sentence and flat fields. The one a plugin is handed names the plugin in each record. */
interface Logger {
    debug(message: string, fields?: Record<string, unknown>): void;
    info(message: string, fields?: Record<string, unknown>): void;
    warn(message: string, fields?: Record<string, unknown>): void;
    error(message: string, fields?: Record<string, unknown>): void;
    /** A logger whose records carry these fields too. */
    child(fields: Record<string, unknown>): Logger;
}
declare const Logger: Service<Logger>;

/** Knows every secret value of this process, so that none is written down or handed to a child process. */
interface Secrets {
    /** Remembers a value that must never be shown; shorter than 6 characters it is not masked (it would hide words). */
    add(value: string): void;
    /** The text with each known secret replaced by `***`. */
    mask(text: string): string;
    /** A copy of an environment without variables that hold a secret or are named like one. */
    withoutSecrets(environment: Readonly<Record<string, string | undefined>>): Record<string, string>;
}
declare const Secrets: Service<Secrets>;

/** Every way the kernel can refuse; `errors.test.ts` closes the list. */
declare const errorCodes: readonly ["plugin-invalid", "plugin-duplicate", "plugin-start-failed", "plugin-timeout", "need-missing", "need-failed", "provider-clash", "cycle", "config-type", "provider-failed"];
type ErrorCode = (typeof errorCodes)[number];
/** An error of the kernel: a closed code, and a sentence that names the plugin, the id and the likely slip. */
declare class KernelError extends Error {
    readonly code: ErrorCode;
    readonly name = "KernelError";
    constructor(code: ErrorCode, message: string, options?: ErrorOptions);
}
/** The words of whatever was thrown. */
declare function messageOf(thrown: unknown): string;

/** What a plugin declares, as plain data that can be read without running its code. */
interface Manifest {
    /** Kebab-case, the name of its folder. */
    id: string;
    version?: string;
    /** Range of Dispatch versions it works with. */
    engine?: string;
    /** Id texts. */
    provides: string[];
    /** Id texts, in the order of the constructor's parameters. */
    needs: string[];
    /** JSON Schema of its settings; `"secret": true` or `"format": "password"` marks what is never shown. */
    settings?: Record<string, unknown>;
    /** What it may touch, for people to read: `network`, `files`, `processes`, … */
    capabilities?: readonly string[];
    /** While a critical plugin is down, what it guards is refused. */
    critical?: boolean;
}
/** Checks declared data and gives it its one shape. Throws `plugin-invalid` that names the source and the field. */
declare function parseManifest(value: unknown, source: string): Manifest;

/** Hooks a plugin's class may have; each runs under a time limit that names the plugin. */
interface Lifecycle {
    /**
     * Runs after everything it needs has started. The signal aborts when the limit is reached, and once the plugin has
     * stopped: hand it on to whatever goes on after the start (timers, listeners, requests), and nothing is left behind.
     */
    start?(signal: AbortSignal): Promise<void> | void;
    /** Runs before anything it needs has stopped, and when a newer generation has taken the plugin's place. */
    stop?(): Promise<void> | void;
}
/** What a plugin says of itself, besides the ids. */
type About = Omit<Manifest, 'provides' | 'needs'>;
/** A plugin, whichever way it was spelt. */
interface PluginDefinition extends Manifest {
    /** Builds the one object that is everything the plugin provides; its arguments stand for `needs`, in order. */
    readonly build: (...needs: unknown[]) => unknown;
}
type Ids = Id<unknown> | readonly Id<unknown>[];
type Meets<I> = I extends readonly [infer Head, ...infer Rest] ? Item<Head> & Meets<Rest> : I extends readonly [] ? unknown : Item<I>;
/** Marks a class as a plugin. The class must be what it says it provides, or it does not compile. */
declare function plugin<const P extends Ids>(about: About & {
    provides: P;
}): <C extends new (...needs: any[]) => Meets<P>>(target: C) => void;
/** Asks for what an id stands for; the parameter must accept it, or it does not compile. */
declare function inject<I extends Id<never> | Id<unknown>>(id: I): <C extends abstract new (...needs: never[]) => unknown, N extends number>(target: C, _key: undefined, index: N & (Provided<I> extends ConstructorParameters<C>[N] ? unknown : never)) => void;
/** A plugin as an object: for values, factories and asynchronous set-up. */
declare function definePlugin<const P extends Ids, const N extends Readonly<Record<string, Id<never> | Id<unknown>>>>(spelt: About & {
    provides: P;
    inject?: N;
    create(needs: {
        [K in keyof N]: Provided<N[K]>;
    }): (Meets<P> & Lifecycle) | Promise<Meets<P> & Lifecycle>;
}): PluginDefinition;
/** Reads the plugins out of what a plugin folder exports by default: one plugin, or a list of them. */
declare function definitionsFrom(exported: unknown, source: string): PluginDefinition[];

/** A place plugins may come from. */
interface Candidate {
    /** Folder or file, as people should see it. */
    source: string;
    /** Imports it; answers its default export. */
    load(): Promise<unknown>;
    /** Whether it came from outside: the server runs without it. */
    dropped?: boolean;
}
interface Limits {
    clock: Clock;
    logger: Logger;
    /** Milliseconds for importing, building and starting one plugin. */
    startLimitMs?: number;
}

interface HostOptions extends Limits {
    /** What the composition root itself provides. */
    given: ReadonlyMap<symbol, unknown>;
    /** Service id to plugin id, where two plugins provide the same. */
    prefer?: Readonly<Record<string, string>>;
    /** Resolves once nothing that began before can use what has left, or the signal aborts; only then that is stopped. */
    idle?(signal: AbortSignal): Promise<void>;
}
/** Hosts plugins: starts, renews and stops them. What is broken is collected with its reason; the rest runs. */
declare class PluginHost implements PluginList {
    private readonly options;
    private readonly places;
    /** What does not run, and why. */
    private outside;
    /** Loaded, but without something they need. */
    private waiting;
    /** Old generations on their way out. */
    private readonly leaving;
    private readonly stopping;
    private queue;
    private ranks;
    constructor(options: HostOptions);
    /** What runs in the order it was planned, then what does not. */
    status(): PluginStatus[];
    /** What a plugin that needs this id would be handed; for the composition root only. */
    get<I extends Id<never> | Id<unknown>>(id: I): Provided<I>;
    /**
     * Loads these plugins and starts each that can be, as soon as what it needs has started; what runs already stays.
     * Waves are added one after another. Never throws.
     */
    add(candidates: readonly Candidate[]): Promise<void>;
    /**
     * Puts a newer generation, once it has started, in the place of what runs from its source; whatever needs its
     * services is started anew with it, and what has the same `build` is left alone. Answers why not, and then everything
     * is as it was. Never throws.
     */
    replace(candidate: Candidate): Promise<string | undefined>;
    /** Takes out what came from a source; what needs its services waits for others. Answers why not. Never throws. */
    remove(source: string): Promise<string | undefined>;
    /** Stops everything, last started first, once what is just starting has; nothing starts any more. Never throws. */
    stop(): Promise<void>;
    private inTurn;
    private cannotLoad;
    /** Forgets whatever came from a source and does not run. */
    private forget;
    /** Starts whatever waits and can be started. */
    private settle;
    private begin;
    /** Tries a source anew beside what runs; answers why it stays outside. */
    private swap;
    /** Stops what has left, once nothing that began before can use it. */
    private retire;
    /** What the plan promised may have failed to start since. */
    private demand;
    /** Says so once. */
    private fail;
}

/** The names that look most like the one asked for, best first; at most `count`. */
declare function nearest(asked: string, names: readonly string[], count?: number): string[];

interface RetryPolicy {
    /** How often a step is asked for at most. */
    tries: number;
    /** First wait in milliseconds; it doubles from there. */
    baseMs: number;
    /** Longest wait of our own choosing, in milliseconds. */
    maxMs: number;
    /** How often a step that already had content starts again. */
    restarts: number;
    /** Longest wait a provider may ask for, in milliseconds. */
    afterMaxMs: number;
}

interface Watchdog {
    /** Milliseconds until the first part of an answer; that the connection opened is not yet one. */
    firstByteMs: number;
    /** Milliseconds between two parts. */
    silenceMs: number;
}
/** What the steps of a turn work with. */
interface StepKit {
    clock: Clock;
    watchdog: Watchdog;
    /** Aborting it stops the turn; what there is stays. */
    signal: AbortSignal;
}

interface DispatchPolicy {
    /** How many tools may run at once; 0 = no cap. */
    maxConcurrent: number;
    /** Whether a tool starts as soon as its call is complete, or only when the step is. */
    eager: boolean;
}
/** What the tools of a turn work with. */
interface ToolKit {
    tools: readonly Tool[];
    policy: DispatchPolicy;
    clock: Clock;
    context: Omit<ToolContext, 'toolCallId' | 'signal' | 'output'>;
    /** Says what is wrong with an input, by the tool's schema. */
    check(tool: Tool, input: unknown): string | undefined;
    /** Shortens a long result, keeping the whole elsewhere. */
    shorten(content: string, toolCallId: string): Promise<string> | string;
}

/** Everything a turn works with. The kernel has no I/O, clock or randomness of its own. */
interface TurnInput extends StepKit, ToolKit {
    conversationId: string;
    turnId: string;
    /** The history, the new prompt last. */
    messages: readonly Message[];
    /** Asks the model for one step. */
    stream(messages: readonly Message[], tools: readonly Tool[], signal: AbortSignal): StepStream;
    /** Told everything, in order. It must not throw. */
    emit(event: TurnEvent): void;
    /** Messages typed meanwhile, joined; undefined when there are none. Asked at each tool-result boundary. */
    steering(): Promise<string | undefined>;
    /** Asked at most once, when `messages` are too many for the model: what to show in their place. Must not reject. */
    relieve?(): Promise<readonly Message[] | undefined>;
    /** In [0, 1), for the jitter of waits. */
    random(): number;
    /** Steps at most; 0 = no limit. */
    maxSteps: number;
    retry: RetryPolicy;
}
interface TurnOutcome {
    /** What the turn added to the history. */
    messages: Message[];
    reason: string;
    usage?: Usage;
    /** Input plus output tokens of the last step. */
    contextSize?: number;
    steps: StepMetrics[];
    error?: ProviderError;
}
/**
 * Runs one turn: asks the model, runs the tools it wants, asks again, until it wants none. Emits `turn-start` first
 * and exactly one `done` last, after an `error` where there was one; never throws.
 */
declare function runTurn(input: TurnInput): Promise<TurnOutcome>;

export { Clock, Config, EventListeners, KernelError, Logger, MessageFilters, PluginHost, PluginList, PromptFilters, ProviderError, Providers, Secrets, Settings, ToolFilters, Tools, definePlugin, definitionsFrom, inject, messageOf, nearest, parseManifest, plugin, runFilters, runTurn, service, slot, tell };
export type { Candidate, Credential, DispatchEvent, ErrorCode, EventListener, Filter, Id, JsonSchema, Lifecycle, Manifest, Message, PluginDefinition, Provider, Service, Slot, StepPart, StepRequest, StepStream, Tool, ToolAnswer, ToolContext, TurnContext, TurnInput, TurnOutcome };
