// dispatch/contracts, as it is since 0.1.0
// Made by DISPATCH_API=write npm test -- tests/api; docs/decisions/011-what-is-promised.md says what may change when.
/// <reference types="node" />

import { ZodType, z } from 'zod';
export { z } from 'zod';
import { Slot, Credential, Service, ToolContext, ToolAnswer } from 'dispatch/kernel';
import { EntityManager, MigrationInterface } from 'typeorm';
import { ServerMessage, CatalogEntry, Surface } from 'dispatch/wire';
import { IncomingMessage } from 'node:http';
import { Stats } from 'node:fs';
import { FileHandle } from 'node:fs/promises';

/** What a command works with. */
interface CommandContext {
    /** The words after its name, as they were typed. */
    readonly args: readonly string[];
    /** Absolute path of the directory it was typed in; of the server's start directory when the client named none. */
    readonly cwd: string;
    /** Aborts when whoever typed it has gone. */
    readonly signal: AbortSignal;
    /** Shows one line. */
    print(line: string): void;
}
/** A verb of the command line: `dispatch run <name> …`. It runs in the server. */
interface Command {
    /** Unique among all commands: letters, digits and `-`. */
    readonly name: string;
    /** What it does, in a few words. */
    readonly description: string;
    /** The words it takes, as people write them: `<day> [--all]`. */
    readonly usage?: string;
    /** Does it. Answers what the command line ends with; 0 when it answers nothing. What it throws is shown, and ends with 1. */
    run(context: CommandContext): Promise<number | void> | number | void;
}
declare const Commands: Slot<Command>;

/** A plugin that knows credentials: from the environment, from a file, from a vault. */
interface CredentialSource {
    /** Lower is asked first; the first credential of all is the default one. 0 when absent. */
    readonly order?: number;
    /** Asked anew each time; empty when there are none. */
    credentials(): readonly Credential[];
}
declare const CredentialSources: Slot<CredentialSource>;

/** Something that is done again and again while the server runs. */
interface Job {
    /** Unique among all jobs: letters, digits and `-`. */
    readonly id: string;
    /** What it does, in a few words for people. */
    readonly title: string;
    /**
     * When: every so many milliseconds (1,000 at least), counted from the last run, or by a cron pattern of five or six
     * fields, in a time zone such as `Europe/Berlin` (the server's own when absent).
     */
    readonly schedule: {
        readonly everyMs: number;
    } | {
        readonly cron: string;
        readonly timeZone?: string;
    };
    /** Whether it runs once, soon after the start, when the server was down at its time. Else that run is skipped. */
    readonly catchUp?: boolean;
    /** Milliseconds that a run may take; 10 minutes when absent. Then its signal aborts, and the run counts as failed. */
    readonly limitMs?: number;
    /** Does it. What it throws is shown as the reason of a failed run. The signal also aborts when its plugin goes. */
    run(signal: AbortSignal): unknown;
}
/** Jobs come and go with what fills the slot; none runs twice at the same time. */
declare const Jobs: Slot<Job>;

/** What one plugin keeps: JSON values by key. Everything rejects with a `StorageError` where the disk refuses. */
interface KeyValueStore {
    /** The value, as it was set; undefined when there is none. */
    get(key: string): Promise<unknown>;
    /** Resolves once it is on the disk. Throws a `RangeError` for a key, a value or a number of keys beyond the limits. */
    set(key: string, value: unknown): Promise<void>;
    /**
     * Makes the next value of the last one (undefined when there is none) while nobody else can change it; `change` answers
     * it at once, without a promise. Resolves with the new value once it is on the disk; undefined takes the key away.
     */
    update(key: string, change: (value: unknown) => unknown): Promise<unknown>;
    /** Whether there was one. */
    delete(key: string): Promise<boolean>;
    /** All keys that begin so, in order. */
    keys(prefix?: string): Promise<string[]>;
    /** Takes away all that the plugin keeps. */
    clear(): Promise<void>;
}
/** Small things that plugins keep, in the one database; what one keeps is not among the keys of another. */
interface KeyValue {
    /** The store of a plugin, by its id. It stays when the plugin is renewed, disabled or taken away. */
    for(pluginId: string): KeyValueStore;
}
declare const KeyValue: Service<KeyValue>;

/** The bytes of one text message, made once for all who get it: `Buffer.from(JSON.stringify(message))`. */
type Prepared = Buffer;
/** A message of a plugin's own to clients that know it: its type has a colon, as those of `ServerMessage` never will. */
type PluginMessage = {
    readonly type: `${string}:${string}`;
    readonly [member: string]: unknown;
};
/** One open socket, as those who answer it see it. */
interface SocketClient {
    readonly id: string;
    /** Sends one message; does nothing when the socket is closing. */
    send(message: ServerMessage | PluginMessage): void;
    /**
     * Sends prepared messages, in order and in one write. False: the client reads slower than it is sent to, send no
     * more before `drained` is called. It is called once, and never after the socket has closed.
     */
    sendPrepared(messages: readonly Prepared[], drained: () => void): boolean;
    /** Closes with a WebSocket code and a reason of at most 123 bytes. */
    close(code: number, reason: string): void;
    /** Called once, as soon as nothing can be sent any more; at once when that is so already. */
    onClose(listener: () => void): void;
}
/** One type of message that clients may send, and who answers it. */
interface SocketMessage<M = unknown> {
    /** The message's `type`. Of two handlers of one type the first stays. */
    readonly type: string;
    /** The message's other members. What fails is answered with `chat.error` for `chat.*`, with `error` for the rest. */
    readonly schema: ZodType<M>;
    /** Throw `MessageRefused` for what the client should be told. */
    handle(message: M, client: SocketClient): void | Promise<void>;
}
/** Keeps a message's schema and its handler's type together; the list wants the erased form. */
declare function socketMessage<S extends ZodType>(spelt: {
    type: string;
    schema: S;
    handle(message: z.infer<S>, client: SocketClient): void | Promise<void>;
}): SocketMessage;
/** A plugin that answers socket messages. */
interface SocketHandler {
    readonly messages: readonly SocketMessage[];
    /** A socket has opened. The request is the one it was opened with, already let in. */
    connected?(client: SocketClient, request: IncomingMessage): void;
}
declare const SocketHandlers: Slot<SocketHandler>;
/** A message is not acted upon. Say what is wrong and what would be right: the client is told these words. */
declare class MessageRefused extends Error {
    constructor(message: string, options?: ErrorOptions);
}

/** A tool call that a model has made; its input fits the tool's schema. */
interface ToolCall {
    readonly toolName: string;
    readonly input: unknown;
}
/** What becomes of a call: it is made with another input, or not made and the model is told why. Nothing said lets it be. */
type CallVerdict = {
    input: unknown;
} | {
    refuse: string;
} | undefined;
/**
 * Looks at each tool call of a turn, before it is made and after. Lower `order` is asked first before a call and last
 * after it; 0 when absent. One that throws is reported and skipped; with `critical` the call is refused instead. The
 * signal of the context aborts when the turn is stopped.
 */
interface CallFilter {
    readonly order?: number;
    readonly critical?: boolean;
    before?(call: ToolCall, context: ToolContext): CallVerdict | Promise<CallVerdict>;
    /** Gives the answer that the model gets; it is also asked when the tool has failed. */
    after?(answer: Exclude<ToolAnswer, string>, call: ToolCall, context: ToolContext): ToolAnswer | Promise<ToolAnswer>;
}
/** Looks at tool calls; counts for turns that begin from now on. */
declare const CallFilters: Slot<CallFilter>;

/** A plugin that brings skills of its own. */
interface SkillSource {
    /** Absolute path of a folder that holds them, as `.skills` does. Of two with one name, all others are nearer. */
    readonly skillFolder: string;
}
declare const SkillSources: Slot<SkillSource>;

/**
 * The one database of this server. TypeORM shares a connection on SQLite, so two transactions would interleave;
 * therefore every write goes through one queue, first come first served, and reads use a connection of their own.
 */
interface Database {
    /**
     * Runs work inside a transaction and resolves once it is on the disk. Writes that wait together share one commit,
     * each on its own savepoint: one that throws takes back its own rows only. Never await anything but the manager
     * inside; a write inside a write would wait for itself. Rejects with a `StorageError` when the disk refuses.
     */
    write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
    /**
     * A write that is one INSERT, UPDATE or DELETE, the cheapest there is: alone it needs no transaction around it, beside
     * others it shares their commit. `values` is asked when its turn has come. For what belongs together in several tables
     * there are views with triggers.
     */
    statement(sql: string, values: () => readonly unknown[]): Promise<void>;
    /** Runs work on the reading connection, which sees what is committed. */
    read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
}
declare const Database: Service<Database>;
/** What a plugin persists: its entity classes and the migrations that make their tables, oldest first. */
interface EntitySet {
    readonly entities: readonly Function[];
    /** Named `<What><epoch ms>`, as TypeORM wants it; run once each, in order of that number. */
    readonly migrations: readonly (new () => MigrationInterface)[];
}
declare const EntitySets: Slot<EntitySet>;
/** The disk would not take a write. `code`: `full`, `read-only`, `corrupt`, `locked` or `failed`. */
declare class StorageError extends Error {
    readonly code: 'full' | 'read-only' | 'corrupt' | 'locked' | 'failed';
    constructor(code: 'full' | 'read-only' | 'corrupt' | 'locked' | 'failed', message: string, options?: {
        cause?: unknown;
    });
}

/** What a client may ask of a surface. */
interface SurfaceAction<P = unknown> {
    /** What the payload must be; a client that sends none sends `undefined`. */
    readonly schema: ZodType<P>;
    /** Throw `ActionRefused` for what the client should be told. The surface is shown anew afterwards. */
    run(payload: P, conversationId?: string): unknown;
}
/** Keeps an action's schema and its type together; a surface wants the erased form. */
declare function surfaceAction<S extends ZodType>(spelt: {
    schema: S;
    run(payload: z.infer<S>, conversationId?: string): unknown;
}): SurfaceAction;
/** One surface: UI described as data. */
interface SurfaceProvider {
    readonly entry: CatalogEntry;
    /**
     * The surface as it is now; its id is that of the entry. A surface of scope `conversation` is asked for the
     * conversation of whoever looks, which is undefined when the client named none.
     */
    render(conversationId?: string): Surface | Promise<Surface>;
    /** By action id. */
    readonly actions?: Readonly<Record<string, SurfaceAction>>;
}
declare const Surfaces: Slot<SurfaceProvider>;
/** Told by plugins when what they show has changed. */
interface SurfaceUpdates {
    /**
     * Shows the surface anew to those who look at it: to those of this conversation, or without one to all. Cheap, and
     * fine to call often: what happens in one tick is shown once, and what looks the same is not sent again.
     */
    changed(surfaceId: string, conversationId?: string): void;
}
declare const SurfaceUpdates: Service<SurfaceUpdates>;
/** An action is not carried out. Say what is wrong and what would be right: the client is told these words. */
declare class ActionRefused extends Error {
    constructor(message: string, options?: ErrorOptions);
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
/** What a handler gets: every part already checked against the route's schemas. */
interface RouteRequest<P, Q, B> {
    params: P;
    query: Q;
    body: B;
    headers: Readonly<Record<string, string | string[] | undefined>>;
    /** Aborted when the client goes away. */
    signal: AbortSignal;
    /** The request as it came, for what its connection tells; its body has been read. There whenever a server asks. */
    incoming?: IncomingMessage;
}
/** One HTTP route. A plugin contributes the routes of what it owns. */
interface Route<P = unknown, Q = unknown, B = unknown> {
    readonly method: Method;
    /** Express 5 path: `/conversations/:id`. */
    readonly path: string;
    /** One line, for the generated document. */
    readonly summary: string;
    readonly params?: ZodType<P>;
    /** Values arrive as text; use `z.coerce`. A repeated parameter is refused before. */
    readonly query?: ZodType<Q>;
    readonly body?: ZodType<B>;
    /** Whether a missing body is fine (it is then undefined). */
    readonly bodyOptional?: boolean;
    /** Shape of the 200 answer; of one line of it where `media` is `application/x-ndjson`. */
    readonly answer?: ZodType;
    /** Request headers that it understands, each with what it is for. */
    readonly headers?: Readonly<Record<string, string>>;
    /** Media type of the 200 answer where it is not JSON: `text/html`, `application/x-ndjson`. */
    readonly media?: string;
    /** Statuses that its `HttpError`s have. What follows from the parts above (400, 413, 415) need not be said. */
    readonly errors?: readonly number[];
    /** Answers JSON, `Lines`, a `Content` or an `Answer`. Throw an `HttpError` for anything but 200. */
    handle(request: RouteRequest<P, Q, B>): unknown;
}
type Told<T> = T extends object ? {
    readonly [K in keyof T]: Told<T[K]>;
} : T;
type Answered<A> = Told<A> | Lines | Content | Answer;
/** Keeps a route's schemas and its handler's types together; the list wants the erased form. */
declare function route<P extends ZodType = ZodType<unknown>, Q extends ZodType = ZodType<unknown>, B extends ZodType = ZodType<unknown>, A extends ZodType = ZodType<unknown>>(spelt: Omit<Route, 'params' | 'query' | 'body' | 'answer' | 'handle'> & {
    params?: P;
    query?: Q;
    body?: B;
    answer?: A;
    handle(request: RouteRequest<z.infer<P>, z.infer<Q>, z.infer<B>>): Answered<z.infer<A>> | Promise<Answered<z.infer<A>>>;
}): Route;

interface RouteGroup {
    readonly routes: readonly Route[];
}
declare const Routes: Slot<RouteGroup>;
/** An answer other than 200: `{ error, code?, details? }`. Say what is wrong and what would be right. */
declare class HttpError extends Error {
    readonly status: number;
    readonly extra: {
        code?: string;
        details?: unknown;
        headers?: Record<string, string>;
        /** Further members of the answer, beside `error`. */
        body?: Readonly<Record<string, unknown>>;
    };
    constructor(status: number, message: string, extra?: {
        code?: string;
        details?: unknown;
        headers?: Record<string, string>;
        /** Further members of the answer, beside `error`. */
        body?: Readonly<Record<string, unknown>>;
    });
}
/** An answer with a status or headers of its own, such as a cookie; `body` is sent as JSON, nothing when undefined. */
declare class Answer {
    readonly body: unknown;
    readonly extra: {
        status?: number;
        headers?: Readonly<Record<string, string>>;
    };
    constructor(body: unknown, extra?: {
        status?: number;
        headers?: Readonly<Record<string, string>>;
    });
}
/** Where the lines of an NDJSON answer go. */
interface LineSink {
    /** Writes whole lines (each ends in a line end). False: wait for `drained`. */
    write(text: string): boolean;
    end(): void;
}
/** An NDJSON answer: flushed as it happens, with back-pressure. */
declare class Lines {
    readonly headers: Readonly<Record<string, string>>;
    /** Called once the headers are out. `stopped` is called when the client is gone. */
    readonly start: (sink: LineSink) => {
        drained(): void;
        stopped(): void;
    };
    constructor(headers: Readonly<Record<string, string>>, 
    /** Called once the headers are out. `stopped` is called when the client is gone. */
    start: (sink: LineSink) => {
        drained(): void;
        stopped(): void;
    });
}
/** An answer that is not JSON: a page, a script, a text, a picture. Goes out with the safety headers; `HEAD` is answered too. */
declare class Content {
    /** With the charset, where it is text: `text/html; charset=utf-8`. */
    readonly type: string;
    readonly body: string | Uint8Array;
    /**
     * `Content-Security-Policy`, without which a page may load nothing; `Cache-Control`, without which nobody keeps it.
     * What may be kept gets an `ETag` and is not sent again to who has it.
     */
    readonly headers: Readonly<Record<string, string>>;
    constructor(
    /** With the charset, where it is text: `text/html; charset=utf-8`. */
    type: string, body: string | Uint8Array, 
    /**
     * `Content-Security-Policy`, without which a page may load nothing; `Cache-Control`, without which nobody keeps it.
     * What may be kept gets an `ETag` and is not sent again to who has it.
     */
    headers?: Readonly<Record<string, string>>);
}
/** Says why the server cannot take a turn just now; `GET /health` then answers 503 with it. */
interface HealthCheck {
    /** Undefined when all is well. */
    problem(): string | undefined;
}
declare const HealthChecks: Slot<HealthCheck>;

/** Why a request is not let in. */
interface Refusal {
    status: 400 | 401 | 403 | 429;
    /** What is wrong and what would be right. */
    error: string;
    code?: string;
    headers?: Readonly<Record<string, string>>;
}
/** What is found of a request: undefined lets it in. */
type Verdict = Refusal | undefined;
/** One more condition on who may connect; asked of those that were let in so far. The first refusal counts. */
interface AccessRule {
    check(request: IncomingMessage): Verdict;
}
declare const AccessRules: Slot<AccessRule>;

/** A file or folder that was checked after it was opened. Whoever gets it closes the handle. */
interface Opened {
    handle: FileHandle;
    kind: 'file' | 'directory';
    /** Absolute, without symbolic links. */
    path: string;
    /** Path below the root it was found in, with `/`; `.` for the root itself. */
    shown: string;
    stats: Stats;
}

/**
 * Why a path is refused. `outside`: not in the working directory; `protected`: a file that holds secrets, or runs by
 * itself, by its name; `no-folder`: its folder, or the working directory, is not there; `kind`: neither a file nor a folder, or not the one asked for; `exists`: it is there and should
 * not be; `conflict`: somebody else changed it meanwhile; `unfit`: its content is not what the change is meant for;
 * `unwritten`: it could not be written and is as it was; the rest as their names say.
 */
type RefusalCode = 'outside' | 'protected' | 'missing' | 'no-folder' | 'exists' | 'kind' | 'unreadable' | 'invalid' | 'conflict' | 'unfit' | 'unwritten';
/** A path that a tool may not or cannot open or change; the message is fit for the model. */
declare class PathRefused extends Error {
    readonly code: RefusalCode;
    constructor(code: RefusalCode, message: string, options?: {
        cause?: unknown;
    });
}

/** A file that is about to be changed, as it was found. Nobody else in this server changes it meanwhile. */
interface FoundFile {
    /** Path below the working directory, with `/`. */
    shown: string;
    /** Bytes. */
    size: number;
    /** The whole content; nothing where there is no file yet. Rejects with a `PathRefused` when it is more than 10 MiB. */
    read(): Promise<Buffer>;
}
/** What `WorkingFiles.change` expects to find: a file, or nothing at all. */
type Expected = 'file' | 'nothing';
interface ChangedFile {
    /** Absolute, without symbolic links. */
    path: string;
    /** Path below the working directory, with `/`. */
    shown: string;
    /** Size in bytes. */
    bytes: number;
    /** What those who look at changed files have to say, each with a line end before it; empty when nothing. */
    notes: string;
}
/** The files of working directories. Every method rejects with a `PathRefused` for what is not allowed or cannot be done. */
interface WorkingFiles {
    /**
     * Opens a file or folder for reading, in the working directory or a readable root, and checks what was really
     * opened. Whoever gets it closes the handle.
     */
    open(asked: string, context: Pick<ToolContext, 'cwd' | 'readableRoots'>): Promise<Opened>;
    /**
     * Notes that a conversation has been shown a file, so that it may not change it unseen once somebody else has.
     * `content` is the whole file, where it was at hand.
     */
    shown(conversationId: string, file: Opened, content?: Buffer): void;
    /**
     * Changes or makes a file: `decide` gets it as it is (empty: there is none yet) and answers its new content, or
     * throws. The change is atomic; a file that was changed since this conversation last saw it is a `conflict`.
     */
    change(asked: string, expected: Expected, context: Pick<ToolContext, 'cwd' | 'conversationId' | 'signal'>, decide: (found: FoundFile) => Promise<string> | string): Promise<ChangedFile>;
}
declare const WorkingFiles: Service<WorkingFiles>;
/** A file that a tool has just changed. */
interface FileEdit {
    conversationId: string;
    /** Absolute path of the turn's working directory. */
    cwd: string;
    /** Absolute path of the file, without symbolic links. */
    path: string;
    /** Its whole text, as it is now. */
    content: string;
    /** Aborted when the turn is stopped, or when nobody waits for the answer any more (after 10 seconds). */
    signal: AbortSignal;
}
/** Someone who looks at files after tools have changed them, such as a language server. */
interface AfterEdit {
    /** Text for the model about the file, such as fresh errors; undefined when there is nothing to say. */
    afterEdit(edit: FileEdit): Promise<string | undefined> | string | undefined;
}
declare const AfterEdits: Slot<AfterEdit>;

export { AccessRules, ActionRefused, AfterEdits, Answer, CallFilters, Commands, Content, CredentialSources, Database, EntitySets, HealthChecks, HttpError, Jobs, KeyValue, Lines, MessageRefused, PathRefused, Routes, SkillSources, SocketHandlers, StorageError, SurfaceUpdates, Surfaces, WorkingFiles, route, socketMessage, surfaceAction };
export type { AccessRule, AfterEdit, CallFilter, CallVerdict, Command, CommandContext, CredentialSource, EntitySet, FileEdit, HealthCheck, Job, KeyValueStore, LineSink, Method, Refusal, Route, RouteGroup, RouteRequest, SkillSource, SocketClient, SocketHandler, SocketMessage, SurfaceAction, SurfaceProvider, ToolCall };
