import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';

/** How a language server is run, and what it is for. */
export interface Definition {
  /** The program and its arguments; no shell is used. */
  command: readonly string[];
  /** In lower case, such as `.ts`; without a point a whole name. */
  extensions: readonly string[];
  /** Names that tell the root of a project, the one that counts most first. */
  rootMarkers: readonly string[];
  env: Readonly<Record<string, string>>;
  /** `initializationOptions`. */
  initialization?: unknown;
  /** What it is answered when it asks for its configuration. */
  settings?: unknown;
}

/** One entry of `servers`. `definition` leaves out what the built-in server of that name has anyway. */
export interface Entry {
  id: string;
  disabled: boolean;
  definition: Partial<Definition> | { problem: string };
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((each) => typeof each === 'string');

/** Reads a file of a project: `servers` of `.dispatch/lsp.json`, `lsp` of `opencode.json`. Throws a sentence. */
export function entriesIn(text: string, path: string): Entry[] {
  const errors: ParseError[] = [];
  const content: unknown = parse(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true });
  const [wrong] = errors;
  if (wrong) throw new Error(`it is no JSON: ${printParseErrorCode(wrong.error)} at character ${wrong.offset + 1}`);
  const ours = path.endsWith('lsp.json');
  const servers = isObject(content) ? content[ours ? 'servers' : 'lsp'] : undefined;
  // `lsp` may also be a mere switch, or absent.
  if (isObject(content) && !ours && !isObject(servers)) return [];
  if (!isObject(servers))
    throw new Error('it must hold { "servers": { "<name>": { "command": ["program", …], "extensions": [".ext"] } } }');
  return entriesOf(servers);
}

/** Reads the value of `servers`. Members that other clients know and we do not are let be. */
export const entriesOf = (servers: Readonly<Record<string, unknown>>): Entry[] =>
  Object.entries(servers).map(([id, value]) => ({
    id,
    disabled: isObject(value) && value.disabled === true,
    definition: definitionOf(id, value),
  }));

function definitionOf(id: string, value: unknown): Entry['definition'] {
  if (id === '' || id.length > 200) return { problem: 'the name of a server has 1 to 200 characters' };
  if (!isObject(value)) return { problem: 'it must be an object with "command" and "extensions"' };
  const { command, extensions, rootMarkers, env, initialization, settings } = value;
  if (command !== undefined && !(isTexts(command) && command.length > 0 && command[0] !== ''))
    return { problem: '"command" must be a list of texts: the program and its arguments' };
  if (extensions !== undefined && !isTexts(extensions)) return { problem: '"extensions" must be a list of texts such as ".ts"' };
  if (rootMarkers !== undefined && !(isTexts(rootMarkers) && rootMarkers.every((name) => /^[^/\\\0]+$/.test(name) && name !== '..')))
    return { problem: '"rootMarkers" must be a list of names without "/"' };
  if (env !== undefined && !(isObject(env) && Object.values(env).every((each) => typeof each === 'string')))
    return { problem: '"env" must be an object of texts' };
  return {
    ...(command && { command }),
    ...(extensions && { extensions: extensions.map((each) => each.toLowerCase()) }),
    ...(rootMarkers && { rootMarkers }),
    ...(env && { env: env as Record<string, string> }),
    ...(initialization !== undefined && { initialization }),
    ...(settings !== undefined && { settings }),
  };
}
