import { nearest } from 'dispatch/kernel';
import { addresses } from './addresses.js';
import type { Assignment, Origin } from './layers.js';

/** Variables that set a key; of two for one key the first that is set counts. */
export const variables: readonly (readonly [name: string, key: string])[] = [
  ['BACKEND_PORT', 'http.port'],
  ['SURFACE_WS_PORT', 'ws.port'],
  ['DISPATCH_HOST', 'http.host'],
  ['DISPATCH_ALLOWED_HOSTS', 'http.allowedHosts'],
  ['DISPATCH_ALLOWED_ORIGINS', 'http.allowedOrigins'],
  ['DISPATCH_DEV_PORTS', 'http.devPorts'],
  ['DISPATCH_BODY_LIMIT', 'http.bodyLimit'],
  ['DISPATCH_AUTH', 'auth'],
  ['DISPATCH_TOKEN', 'access.token'],
  ['DISPATCH_TOKEN_FILE', 'access.token'],
  ['DISPATCH_DATA_DIR', 'dataDir'],
  ['DISPATCH_DB', 'db'],
  ['DISPATCH_TRACE_DB', 'traceDb'],
  ['DISPATCH_JOURNAL', 'journal'],
  ['DISPATCH_WEB_DIR', 'webDir'],
  ['DISPATCH_PLUGINS', 'plugins.folders'],
  ['DISPATCH_DRAIN_MS', 'drainMs'],
  ['DISPATCH_API_KEY', 'provider.apiKey'],
  ['DISPATCH_API_KEY_FILE', 'provider.apiKey'],
  ['OPENAI_API_KEY', 'provider.apiKey'],
  ['OPENAI_API_KEY_FILE', 'provider.apiKey'],
  ['DISPATCH_BASE_URL', 'provider.baseUrl'],
  ['OPENAI_BASE_URL', 'provider.baseUrl'],
  ['DISPATCH_MODEL', 'provider.model'],
  ['DISPATCH_CREDENTIAL', 'provider.credential'],
  ['DISPATCH_LOG_LEVEL', 'log.level'],
  ['UMANS_API_KEY', 'umans.apiKey'],
  ['UMANS_API_KEY_FILE', 'umans.apiKey'],
  ['UMANS_BASE_URL', 'umans.baseUrl'],
  ['UMANS_MODEL', 'umans.model'],
  ['FIRECRAWL_API_KEY', 'tools.web.apiKey'],
  ['FIRECRAWL_API_KEY_FILE', 'tools.web.apiKey'],
  ['FIRECRAWL_BASE_URL', 'tools.web.baseUrl'],
  ['DISPATCH_WEB_ALLOW_LOCAL', 'tools.web.allowLocal'],
  ['YOUTUBE_TRANSCRIBER_URL', 'tools.youtube.transcriberUrl'],
];
/** Variables of the client, and of parts that read them themselves. */
const others = ['DISPATCH_SERVER'];
const known: readonly string[] = [...variables.map(([name]) => name), ...others];

/** A variable as it was found, cleaned of what shells, editors and Windows leave around a value. */
export interface Variable {
  value: string;
  origin: Origin;
}

/** Removes line ends, spaces and one pair of quotes around a value; undefined when nothing is left. */
export function cleaned(raw: string | undefined): string | undefined {
  const bare = raw?.replace(/^\ufeff/, '').trim() ?? '';
  const quoted = /^(["'])([\s\S]*)\1$/.exec(bare);
  const value = (quoted ? (quoted[2] as string) : bare).trim();
  return value === '' ? undefined : value;
}

export interface EnvironmentReport {
  assignments: Assignment[];
  warnings: string[];
  problems: string[];
}

/** What the variables set. `readKeyFile` gives a key file's text, or throws; `inFiles` says what configuration files set. */
export function environmentAssignments(
  found: ReadonlyMap<string, Variable>,
  readKeyFile: (path: string, base: string) => string,
  inFiles: ReadonlyMap<string, Origin> = new Map(),
): EnvironmentReport {
  const report: EnvironmentReport = { assignments: [], warnings: [], problems: [] };
  const done = new Map<string, Origin>();
  for (const [name, key] of variables) {
    const variable = found.get(name);
    if (!variable || done.has(key)) continue;
    done.set(key, variable.origin);
    const value = textOfVariable(name, variable, readKeyFile, report);
    if (value !== undefined) report.assignments.push({ path: key, value, origin: variable.origin });
  }
  for (const [name, { origin }] of found)
    if (name.startsWith('DISPATCH_') && !known.includes(name))
      report.warnings.push(`unknown variable ${origin.text}; did you mean ${nearest(name, known, 1)[0]}?`);
  bindKeys(report, new Map([...inFiles, ...done]));
  keepOut(report);
  return report;
}

/** What a start directory's `.env` may not set: it comes with the directory, and these would let it run code or let people in. */
const notFromStartDirectory: readonly string[] = [
  'auth',
  'access.token',
  'http.host',
  'http.allowedHosts',
  'http.allowedOrigins',
  'http.devPorts',
  'plugins.folders',
  'webDir',
  'tools.web.allowLocal',
  'tools.youtube.transcriberUrl',
];

function keepOut(report: EnvironmentReport): void {
  const out = report.assignments.filter(({ path, origin }) => origin.scope === 'dotenv' && notFromStartDirectory.includes(path));
  report.assignments = report.assignments.filter((each) => !out.includes(each));
  for (const { origin } of out)
    report.warnings.push(`${origin.text} is ignored: a start directory may not set this; set it in the real environment`);
}

function textOfVariable(
  name: string,
  { value, origin }: Variable,
  readKeyFile: (path: string, base: string) => string,
  { problems }: EnvironmentReport,
): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\x00-\x1f\x7f]/.test(value)) {
    problems.push(`${origin.text} holds a line end or another control character: remove it`);
    return undefined;
  }
  if (!name.endsWith('_FILE')) return value;
  try {
    const key = cleaned(readKeyFile(value, origin.base));
    if (key === undefined) problems.push(`${origin.text} names the file ${value}, which is empty: put the key in it`);
    return key;
  } catch (thrown) {
    const why = (thrown as NodeJS.ErrnoException).code ?? 'unreadable';
    problems.push(`${origin.text} names the file ${value}, which cannot be read (${why})`);
    return undefined;
  }
}

/** A key goes only where its owner sent it: a start directory's `.env` may not send a key from elsewhere to its address. */
function bindKeys(report: EnvironmentReport, origins: ReadonlyMap<string, Origin>): void {
  for (const [addressKey, keyKey] of addresses) {
    const address = origins.get(addressKey);
    const key = origins.get(keyKey);
    if (address?.scope !== 'dotenv' || !key || key.scope === 'dotenv') continue;
    report.assignments = report.assignments.filter(({ path }) => path !== addressKey);
    report.warnings.push(
      `${address.text} is ignored: the key comes from ${key.text}, and a start directory may not send it elsewhere; set both in one place`,
    );
  }
}
