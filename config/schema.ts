import * as z from 'zod';
import { baseUrlProblem } from './base-url.js';

/** A setting: its check, what to say when a value fails it, and what it is for. */
const setting = <S extends z.ZodType>(type: S, expected: string, description: string): S => type.meta({ description, expected });

const whole = (min: number, max: number, byDefault: number, description: string) =>
  setting(z.number().int().min(min).max(max).default(byDefault), `a whole number from ${min} to ${max}`, description);
const port = (byDefault: number, description: string) => whole(0, 65_535, byDefault, description);
const ms = (byDefault: number, description: string) => whole(1, 86_400_000, byDefault, description);
const flag = (byDefault: boolean, description: string) => setting(z.boolean().default(byDefault), 'true or false', description);
const texts = (expected: string, description: string, type: z.ZodString = z.string().min(1)) =>
  setting(z.array(type).default([]), expected, description);
const path = (description: string) => setting(z.string().min(1).optional(), 'a path', description);

const baseUrl = z
  .string()
  .superRefine((text, context) => {
    const problem = baseUrlProblem(text);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  })
  .transform((text) => text.replace(/\/+$/, ''));
const apiKey = z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

/** One entry of `credentials`. */
export const credential = z
  .strictObject({
    provider: z.string().min(1).optional(),
    baseURL: baseUrl.optional(),
    apiKey: apiKey.optional(),
    /** Name of an environment variable. */
    apiKeyEnv: z.string().min(1).optional(),
    /** Path of a file that holds nothing else. */
    apiKeyFile: z.string().min(1).optional(),
    models: z.array(z.string().min(1)).optional(),
    defaultModel: z.string().min(1).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    /** Requests at once at most; 0 is no limit. */
    maxConcurrent: z.number().int().min(0).optional(),
  })
  .refine(({ apiKey, apiKeyEnv, apiKeyFile }) => [apiKey, apiKeyEnv, apiKeyFile].filter(Boolean).length <= 1, {
    message: 'takes one of apiKey, apiKeyEnv and apiKeyFile',
  });
export type CredentialEntry = z.infer<typeof credential>;

/** Everything that can be set, with its default. */
export const schema = z.strictObject({
  http: z.strictObject({
    port: port(24_203, 'Port of the HTTP server; 0 takes any free one.'),
    host: setting(
      z.string().min(1).default('127.0.0.1'),
      'an address or a name of this machine',
      'Address the servers listen on. Anything but loopback needs a token.',
    ),
    allowedHosts: texts('a list of host names', 'Further names this server may be asked by, such as the name a proxy gives it.'),
    allowedOrigins: texts(
      'a list of origins such as https://ui.example.com, without a path',
      'Origins of web pages, beside our own, that may use this server.',
      z.string().regex(/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s*]+\/?$/i),
    ),
    devPorts: setting(
      z.array(z.number().int().min(1).max(65_535)).default([24_204, 25_204]),
      'a list of port numbers',
      'Ports of development servers on this machine whose pages may use this server.',
    ),
    bodyLimit: whole(1_024, 1_073_741_824, 16_777_216, 'Largest request body in bytes.'),
    bodyMs: ms(30_000, 'Milliseconds a request may take to arrive, its body included.'),
    jsonDepth: whole(1, 1_000, 64, 'How deep values may be nested in a body.'),
    headerLimit: whole(1_024, 1_048_576, 16_384, 'Largest headers of a request in bytes.'),
    headersMs: ms(10_000, 'Milliseconds the headers of a request may take to arrive.'),
    maxSockets: whole(1, 1_000_000, 1_000, 'Connections at once at most.'),
  }),
  ws: z.strictObject({
    port: port(24_205, 'Port of the WebSocket server; 0 takes any free one.'),
    maxSockets: whole(1, 1_000_000, 1_000, 'Sockets at once at most.'),
    messageLimit: whole(1_024, 1_073_741_824, 16_777_216, 'Largest message in bytes.'),
    maxFragments: whole(1, 1_000_000, 1_024, 'Fragments of one message at most.'),
    pingMs: ms(30_000, 'Milliseconds between two pings; a peer that is silent for twice as long is cut.'),
  }),
  auth: setting(
    z.enum(['same-user', 'token', 'off']).default('same-user'),
    '"same-user", "token" or "off"',
    'Who may connect: the same user without a token, only who has the token, or anybody at all.',
  ),
  access: z.strictObject({
    token: setting(
      z
        .string()
        .regex(/^[\x21-\x7e]+$/)
        .optional(),
      'printable ASCII without spaces',
      'The token of this server; the one in the file "token" in dataDir when not set, which is made when there is none.',
    ),
    https: flag(false, 'Whether browsers reach this server by https, through a proxy: its cookie then goes over https only.'),
  }),
  cwd: path('Working directory of turns that name none; the start directory when not set.'),
  dataDir: setting(z.string().min(1).default('.dispatch-data'), 'a path', 'Folder for all that this server keeps.'),
  db: path('Database file; dispatch.db in dataDir when not set.'),
  traceDb: path('Database file of traces; trace.db in dataDir when not set.'),
  journal: path('Journal file; journal.ndjson in dataDir when not set.'),
  webDir: path('Folder of the web page; the one that came with the server when not set.'),
  plugins: z.strictObject({
    folders: texts('a list of paths', 'Folders with further plugins.'),
    prefer: setting(
      z.record(z.string(), z.string().min(1)).default({}),
      'the id of a plugin',
      'Which plugin provides a service that several provide: service id to plugin id.',
    ),
    startLimitMs: ms(10_000, 'Milliseconds a plugin may take to be imported, built and started.'),
    toolLimitMs: ms(600_000, 'Milliseconds a tool of a plugin from outside may take for one call.'),
    filterLimitMs: ms(5_000, 'Milliseconds a filter of a plugin from outside may hold up a turn.'),
    watch: flag(true, 'Whether plugins come, change and go with their folders while the server runs.'),
    settleMs: ms(250, "Milliseconds for which nothing may happen to a plugin's files before they are read."),
    drainMs: ms(600_000, 'Milliseconds for which running turns keep a plugin that was replaced or removed from being stopped.'),
    safe: flag(false, "Safe mode: with the server's own plugins only."),
    settings: setting(
      z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
      'an object',
      'Settings of single plugins: plugin id to what that plugin takes.',
    ),
  }),
  provider: z.strictObject({
    apiKey: setting(apiKey.optional(), 'printable ASCII without spaces', 'Key of the provider that the environment names.'),
    baseUrl: setting(baseUrl.optional(), 'an http(s) address without user, ? and #', 'Address of that provider.'),
    model: setting(z.string().min(1).optional(), 'the id of a model', 'Model used when none is named.'),
    credential: setting(
      z
        .string()
        .regex(/^[^/\s]+$/)
        .optional(),
      'a name without "/" and spaces',
      'Name of the credential made from that key.',
    ),
    maxConcurrent: whole(0, 10_000, 0, 'Model calls of turns that run at once under one credential that says nothing else; 0 is no limit.'),
    plainHttpHosts: texts(
      'a list of host names',
      'Hosts of other networks that a key may be sent to by http://, where everybody on the way can read it.',
      z.string().regex(/^[^\s/:@]+$/),
    ),
  }),
  credentials: setting(
    z.record(z.string().regex(/^[^/\s]+$/), credential).default({}),
    'a credential',
    'Further provider profiles: name to { provider, baseURL, apiKey | apiKeyEnv | apiKeyFile, models, defaultModel, headers, maxConcurrent }.',
  ),
  umans: z.strictObject({
    apiKey: setting(apiKey.optional(), 'printable ASCII without spaces', 'Key of Umans; with it there is a credential "umans".'),
    baseUrl: setting(baseUrl.default('https://api.code.umans.ai/v1'), 'an http(s) address without user, ? and #', 'Address of Umans.'),
    model: setting(z.string().min(1).default('umans-coder'), 'the id of a model', 'Model used when none of Umans is named.'),
  }),
  tools: z.strictObject({
    allowProtected: texts(
      'a list of patterns such as .env.test or certs/*.pem',
      'Names that often hold secrets, or run by themselves, and that file tools may open all the same.',
    ),
    web: z.strictObject({
      apiKey: setting(apiKey.optional(), 'printable ASCII without spaces', 'Key of Firecrawl, which searches and reads the web.'),
      baseUrl: setting(
        baseUrl.optional(),
        'an http(s) address without user, ? and #',
        'Address of Firecrawl; https://api.firecrawl.dev when only a key is set. Without both there is no web_search.',
      ),
      allowLocal: flag(false, 'Whether web_search may ask for addresses of this machine and its local network.'),
    }),
    youtube: z.strictObject({
      transcriberUrl: setting(
        baseUrl.optional(),
        'an http(s) address without user, ? and #',
        'Address of the service that transcribes videos; without it there is no youtube_transcript.',
      ),
    }),
  }),
  images: z.strictObject({
    maxBytes: whole(1_024, 1_073_741_824, 10_485_760, 'Largest picture of a message in bytes.'),
  }),
  drainMs: whole(0, 3_600_000, 10_000, 'Milliseconds that running turns are given to end when the server stops.'),
  turn: z.strictObject({
    maxSteps: whole(0, 100_000, 100, 'Model calls in one turn at most; 0 is no limit.'),
    maxConcurrentTools: whole(0, 1_000, 4, 'Tools that run at once in one step; 0 is no limit.'),
    eagerTools: flag(true, 'Start a tool as soon as its call is complete, while the model still writes.'),
    resultLimit: whole(1_000, 10_000_000, 50_000, 'Characters of a tool result that a model is shown; the rest goes to a file.'),
  }),
  retry: z.strictObject({
    tries: whole(1, 100, 8, 'How often a failing provider is asked for one step.'),
    baseMs: ms(1_000, 'Milliseconds before the first retry; doubles each time.'),
    maxMs: ms(60_000, 'Longest wait between two tries in milliseconds.'),
    restarts: whole(0, 100, 2, 'How often a step starts again after its stream broke.'),
    afterMaxMs: ms(300_000, 'Longest wait a provider may ask for in milliseconds.'),
  }),
  watchdog: z.strictObject({
    connectMs: ms(30_000, 'Milliseconds a provider may take to accept a connection.'),
    firstByteMs: ms(300_000, 'Milliseconds a provider may take to begin its answer.'),
    silenceMs: ms(120_000, 'Milliseconds a provider may be silent within its answer.'),
  }),
  mcpServers: setting(
    z.record(z.string().min(1), z.looseObject({})).default({}),
    'an object with "command" (and "args", "env", "cwd"), or with "url" (and "headers")',
    'MCP servers for every working directory: name to { command, args, env, cwd } or { url, headers }.',
  ),
  mcp: z.strictObject({
    waitMs: ms(10_000, 'Milliseconds that a starting MCP server may hold up a turn; its tools then come with the next one.'),
    startMs: ms(60_000, 'Milliseconds an MCP server may take to start.'),
    callMs: ms(60_000, 'Milliseconds a call to an MCP server may take without an answer and without progress.'),
    callLimitMs: ms(3_600_000, 'Milliseconds a call to an MCP server may take in all.'),
    idleMs: ms(1_800_000, 'Milliseconds after which an MCP server that nobody uses is ended.'),
    messageLimit: whole(65_536, 1_073_741_824, 8_388_608, 'Largest message of an MCP server in bytes.'),
    maxServers: whole(1, 10_000, 32, 'MCP servers that run at once at most.'),
  }),
  lsp: z.strictObject({
    servers: setting(
      z.record(z.string().min(1), z.looseObject({})).default({}),
      'an object with "command" (a list of texts) and "extensions", or with "disabled"',
      'Language servers for every working directory: name to { command, extensions, rootMarkers, env, initialization, settings }.',
    ),
    startMs: ms(30_000, 'Milliseconds a language server may take to start.'),
    requestMs: ms(10_000, 'Milliseconds a question to a language server may take.'),
    diagnosticsMs: ms(10_000, 'Milliseconds to wait for the diagnostics of a file as it is now.'),
    afterEditMs: ms(3_000, 'Milliseconds an edit may wait for what language servers say of it.'),
    idleMs: ms(600_000, 'Milliseconds after which a language server that nobody uses is ended.'),
    maxServers: whole(1, 1_000, 8, 'Language servers that run at once at most.'),
    maxDocuments: whole(2, 10_000, 50, 'Files that one language server has open at once at most.'),
    messageLimit: whole(65_536, 1_073_741_824, 16_777_216, 'Largest message of a language server in bytes.'),
  }),
  log: z.strictObject({
    level: setting(
      z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
      'one of trace, debug, info, warn, error, fatal, silent',
      'How much the log tells.',
    ),
  }),
});
