// dispatch/testing, as it is since 0.1.0
// Made by DISPATCH_API=write npm test -- tests/api; docs/decisions/011-what-is-promised.md says what may change when.
/// <reference types="node" />

import { StepRequest, ToolContext, TurnContext, Provider, StepPart, PluginHost, Clock, Logger, Config, Tool, Slot, Filter, Credential } from 'dispatch/kernel';

/** What a tool gets besides its input, as far as a test does not say otherwise. */
declare const toolContext: (said?: Partial<ToolContext>) => ToolContext;
/** What a filter knows of its turn, as far as a test does not say otherwise. */
declare const turnContext: (said?: Partial<TurnContext>) => TurnContext;
/** What a provider is asked for: by a text, the one message of a user; else as far as a test does not say otherwise. */
declare const stepRequest: (said?: string | Partial<StepRequest>) => StepRequest;

/**
 * One thing a scripted step does: give a part, throw an error, hang until it is aborted, or wait for a function (a gate
 * of the test; one that never resolves is a provider that does not listen to an abort).
 */
type Scripted = StepPart | Error | 'hang' | (() => unknown);
interface FakeProvider extends Provider {
    /** What was asked, in order. */
    readonly requests: StepRequest[];
}
/** A provider that plays a script: the n-th request gets the n-th step. */
declare function fakeProvider(script: readonly (readonly Scripted[])[], kind?: string): FakeProvider;

type Values = Readonly<Record<string, unknown>>;
type TestHost = Awaited<ReturnType<typeof hostWith>>;
/**
 * A host that has started these plugins (what plugin folders export by default), given a clock that stands still, a
 * logger that remembers, this configuration, settings of their own (the same for all) and secrets that nobody knows.
 * `get(id)` answers a service or the live list of a slot; call `stop()` at the end of the test. Rejects with the reason
 * when one of them does not run.
 */
declare function hostWith(plugins: readonly unknown[], { config, settings, given }?: {
    config?: Values;
    settings?: Values;
    given?: Iterable<[symbol, unknown]>;
}): Promise<PluginHost & {
    clock: Clock & {
        advance(ms: number): Promise<void>;
        sleeping(): number;
    };
    logger: Logger & {
        records: string[];
    };
}>;

/** A logger that only remembers: each record as `level message`. */
declare function quietLogger(records?: string[]): Logger & {
    records: string[];
};

/** A clock that stands still until it is told to move; sleepers wake in the order of their time. */
declare function testClock(start?: number): Clock & {
    advance(ms: number): Promise<void>;
    sleeping(): number;
};

/** Settings from a plain record of dotted keys; as strict as the real ones. */
declare function testConfig(values?: Readonly<Record<string, unknown>>): Config;

interface ToolTrial {
    /** Inputs to try; what `check` refuses is not handed to the tool. */
    inputs?: readonly unknown[];
    /** As the turn does it: says what is wrong with an input, by the tool's schema; throws when the schema does not compile. */
    check?(tool: Tool, input: unknown): string | undefined;
    context?: Partial<ToolContext>;
}
/** Every way in which this tool breaks the contract of tools; none: `expect(await toolContract(tool)).toEqual([])`. */
declare function toolContract(tool: Tool, { inputs, check, context }?: ToolTrial): Promise<string[]>;

type Host = Pick<TestHost, 'get'>;
/** Calls a tool of this host as a turn does: the answer in its long form, an error result for what it throws. */
declare function useTool(host: Host, name: string, input?: unknown, context?: Partial<ToolContext>): Promise<{
    content: string;
    isError: boolean;
}>;
/** What the filters of a slot make of a value, in their order. One that throws fails the test. */
declare function useFilters<T>(host: Host, slot: Slot<Filter<T>>, value: T, context?: Partial<TurnContext>): Promise<T>;
/** The parts of one step of a provider, to their end. */
declare function useProvider(provider: Provider, request?: string | Partial<StepRequest>, credential?: Credential): Promise<StepPart[]>;

export { fakeProvider, hostWith, quietLogger, stepRequest, testClock, testConfig, toolContext, toolContract, turnContext, useFilters, useProvider, useTool };
export type { FakeProvider, Scripted, TestHost, ToolTrial };
