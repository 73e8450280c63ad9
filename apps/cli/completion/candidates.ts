import type { Argv } from 'yargs';
import { ownToken } from '../access/token-file.js';
import { Client } from '../client.js';
import type { Command, Everywhere } from '../commands/command.js';
import { serverAddress } from '../server-address.js';
import { safeLine } from '../terminal/safe-text.js';
import { wordsOf } from '../wrong-usage.js';
import { type Wanted, wanted } from './wanted.js';

/** Nobody waits longer than this for a completion, in milliseconds. */
const patience = 1_000;

type Environment = Readonly<Record<string, string | undefined>>;
type Candidate = [value: string, description?: string];

/** What can stand in the place of the last word, one a line, as the completion scripts read it. Nothing when in doubt. */
export async function candidates(
  words: readonly string[],
  line: Argv<Everywhere>,
  commands: readonly Command[],
  env: Environment,
): Promise<string[]> {
  const kind = wanted(words, commands);
  const grammar = kind === 'grammar' || kind === 'model-or-verb' ? byGrammar(spelt(words, commands), line) : [];
  const known = await fromServer(kind, words, env).catch(() => []);
  const current = words.at(-1) ?? '';
  const fitting = known.filter(([value]) => value.startsWith(current)).map((each) => written(each, env));
  return [...grammar, ...fitting];
}

/** What yargs offers. It must see the words as a shell hands them over, the name of the program first. */
function byGrammar(words: readonly string[], line: Argv<Everywhere>): string[] {
  let offered = '';
  // It parses the words once more meanwhile, and reports that too, without output.
  line.parse(['--get-yargs-completions', 'dispatch', ...words], {}, (_error, _args, output) => {
    offered = output || offered;
  });
  return offered.split('\n').filter((each) => each !== '' && !/^\$0(:|$)/.test(each));
}

/** The grammar of a bare model is that of `chat`. */
function spelt(words: readonly string[], commands: readonly Command[]): readonly string[] {
  const [first] = wordsOf(words.slice(0, -1));
  const bare = commands.every(({ name }) => name !== first) && (words.at(-1)?.startsWith('-') || first !== undefined);
  return bare ? ['chat', ...words] : words;
}

async function fromServer(kind: Wanted, words: readonly string[], env: Environment): Promise<Candidate[]> {
  if (kind === 'setting') {
    const { explained, localConfig } = await import('../local-config.js');
    return explained(localConfig(), undefined).map(({ key, doc }) => [key, doc]);
  }
  if (kind === 'status') return ['active', 'queued', 'idle', 'closed'].map((each) => [each]);
  if (kind === 'grammar' || kind === 'file') return [];
  const flag = words.indexOf('--server');
  const address = serverAddress(flag < 0 ? undefined : words[flag + 1], env);
  const client = new Client(address, env.DISPATCH_TOKEN || undefined, ownToken, patience);
  switch (kind) {
    case 'command':
      return (await client.commands()).commands.map(({ name, description }) => [name, description]);
    case 'conversation':
      return (await client.conversations({ q: words.at(-1) || undefined })).conversations.map(({ id, title }) => [id, title]);
    case 'workspace':
      return (await client.workspaces()).workspaces.map(({ id, title }) => [id, title]);
    case 'plugin':
      return (await client.plugins()).plugins.map(({ id, state }) => [id, state]);
    case 'model':
    case 'model-or-verb':
      return (await client.models()).models.map((model) => [model]);
  }
}

/** zsh takes `value:description`, bash the value. */
function written([value, description]: Candidate, { SHELL }: Environment): string {
  if (!SHELL?.includes('zsh')) return value;
  const escaped = value.replaceAll(':', '\\:');
  return description ? `${escaped}:${safeLine(description)}` : escaped;
}
