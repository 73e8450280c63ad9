/** How a server is reached: a command to run, or an address to ask. Texts may hold `${VAR}`. */
export type Definition =
  | { kind: 'stdio'; command: string; args: readonly string[]; env: Readonly<Record<string, string>>; cwd?: string }
  | { kind: 'http'; url: string; headers: Readonly<Record<string, string>> };

/** One entry of `mcpServers`. */
export interface Entry {
  id: string;
  disabled: boolean;
  /** How to reach it, or what is wrong with the entry. */
  definition: Definition | { problem: string };
}

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((each) => typeof each === 'string');
const isRecord = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every((each) => typeof each === 'string');

/** Reads a file that has `mcpServers`. Throws a sentence when it is none. */
export function entriesIn(text: string): Entry[] {
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (thrown) {
    throw new Error(`it is no JSON: ${(thrown as Error).message}`);
  }
  if (!isObject(content) || !isObject(content.mcpServers))
    throw new Error('it must hold { "mcpServers": { "<name>": { "command": … } or { "url": … } } }');
  return entriesOf(content.mcpServers);
}

/** Reads the value of `mcpServers`. Members that other clients know and we do not are let be. */
export function entriesOf(servers: Readonly<Record<string, unknown>>): Entry[] {
  return Object.entries(servers).map(([id, value]) => ({
    id,
    disabled: isObject(value) && value.disabled === true,
    definition: definitionOf(id, value),
  }));
}

function definitionOf(id: string, value: unknown): Entry['definition'] {
  if (id === '' || id.length > 200) return { problem: 'the name of a server has 1 to 200 characters' };
  if (!isObject(value)) return { problem: 'it must be an object with "command", or with "url"' };
  const { type, command, url, args = [], env = {}, headers = {}, cwd } = value;
  if (type === 'sse')
    return { problem: '"type": "sse" is the old transport, which is not spoken here; give the address of streamable HTTP as "http"' };
  if (type !== undefined && !['stdio', 'http', 'streamable-http', 'streamableHttp'].includes(String(type)))
    return { problem: `"type" must be "stdio" or "http", and is ${JSON.stringify(type)}` };
  const remote = type === undefined ? command === undefined : type !== 'stdio';
  if (!remote) {
    if (typeof command !== 'string' || command === '')
      return { problem: '"command" must be a text: the program, its arguments go into "args"' };
    if (!isTexts(args)) return { problem: '"args" must be a list of texts' };
    if (!isRecord(env)) return { problem: '"env" must be an object of texts' };
    if (cwd !== undefined && typeof cwd !== 'string') return { problem: '"cwd" must be a path' };
    return { kind: 'stdio', command, args, env, ...(cwd !== undefined && { cwd }) };
  }
  if (typeof url !== 'string' || url === '') return { problem: 'it has neither "command" nor "url"; give one of them' };
  if (!isRecord(headers)) return { problem: '"headers" must be an object of texts' };
  return { kind: 'http', url, headers };
}
