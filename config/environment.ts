import { nearest } from 'dispatch/kernel';
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
];
/** Variables of the client, and of parts that read them themselves. */
const others = ['DISPATCH_SERVER', 'DISPATCH_TOKEN'];
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

/** What the variables set. `readKeyFile` gives a key file's text, or throws. */
export function environmentAssignments(
  found: ReadonlyMap<string, Variable>,
  readKeyFile: (path: string, base: string) => string,
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
  bindKey(report, done);
  keepOut(report);
  return report;
}

/** What a start directory's `.env` may not set: it comes with the directory, and these would let it run code or let people in. */
const notFromStartDirectory: readonly string[] = ['auth', 'plugins.folders', 'webDir'];

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
function bindKey(report: EnvironmentReport, done: ReadonlyMap<string, Origin>): void {
  const address = done.get('provider.baseUrl');
  const key = done.get('provider.apiKey');
  if (address?.scope !== 'dotenv' || !key || key.scope === 'dotenv') return;
  report.assignments = report.assignments.filter(({ path }) => path !== 'provider.baseUrl');
  report.warnings.push(
    `${address.text} is ignored: the key comes from ${key.text}, and a start directory may not send it elsewhere; set both in one place`,
  );
}
