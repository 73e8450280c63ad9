import { hasTerminal, type Outcome, run, runOnTerminal } from './cli.fixture.js';
import { type RealServer, root } from './real-server.fixture.js';

/** One command line of the transcript. */
export interface Step {
  args: string[];
  /** What it reads from standard input. */
  input?: string;
  /** What it ends with; 0 when not said. */
  code?: number;
  /** Runs before each of its runs. What it answers stands in the place of the word `MESSAGE`. */
  before?: () => Promise<unknown>;
}

/** A step as it was run: in a terminal (where there is one), in a pipe, and in a pipe with --json. */
export interface Shown {
  step: Step;
  terminal: { code: number | null; out: string } | undefined;
  pipe: Outcome;
  json: Outcome;
}

/** Runs a step in each way. */
export async function shown(server: RealServer, step: Step): Promise<Shown> {
  const { args, input, before } = step;
  const ready = async (): Promise<string[]> => {
    const message = await before?.();
    return args.map((word) => (word === 'MESSAGE' ? String(message) : word));
  };
  const terminal = hasTerminal ? await runOnTerminal(server, await ready(), { input }) : undefined;
  const pipe = await run(server, await ready(), { input });
  return { step, terminal, pipe, json: await run(server, [...(await ready()), '--json'], { input }) };
}

/** The transcript as a page. Ids, times and places are made equal, so that two runs can be compared. */
export function page(all: readonly Shown[], server: RealServer): string {
  const plain = (text: string): string =>
    text
      .replaceAll(server.cwd, '/work')
      .replaceAll(server.dataDir, '/data')
      .replaceAll(root.replace(/\/$/, ''), '/dispatch')
      .replaceAll(`:${server.port}`, ':24203')
      .replaceAll('\u001b', '␛')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
      .replace(/code=[\w-]+/g, 'code=<code>')
      .replace(/"token":"[^"]+"/g, '"token":"<token>"')
      .replace(/offline-\w+-\d+/g, '<call>')
      .replace(/\b\d+ ms\b/g, '<n> ms')
      .replace(/\| \d+[smhd]$/gm, '| <age>')
      .replace(/"(createdAt|lastActivityAt|queuedAt)":\d+/g, '"$1":0')
      .replace(/"(durationMs|loadMs|ttftMs|decodeMs|genTotalMs)":[\d.]+/g, '"$1":0');
  const block = (text: string, lines: number): string => `\`\`\`\n${shortened(plain(text), lines).trimEnd()}\n\`\`\`\n`;
  const parts = all.map(({ step, terminal, pipe, json }) => {
    const fed = step.input === undefined ? '' : `printf %s ${quoted(step.input)} | `;
    const command = `${fed}dispatch ${step.args.map(quoted).join(' ')}`;
    const piped = pipe.out + (pipe.err && `(standard error)\n${pipe.err}`);
    return [
      `## \`${plain(command)}\`\n`,
      `Exit code ${pipe.code}.\n`,
      terminal && `In a terminal:\n\n${block(terminal.out, 36)}`,
      `In a pipe:\n\n${block(piped, 16)}`,
      json.out && json.out !== pipe.out && `With \`--json\`:\n\n${block(json.out, 6)}`,
    ].filter(Boolean);
  });
  return `${intro}\n${parts.flat().join('\n')}`;
}

const intro = `# The command line, command by command

What every command of \`dispatch\` shows in a terminal, in a pipe and with \`--json\`, against a real server with the offline
model. Made by \`DISPATCH_TRANSCRIPT=write npm test -- tests/cli-transcript\`; ids, times and places are made equal, long
lines and long answers are cut, and ␛ stands for the escape character of a colour.
`;

const quoted = (word: string): string => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word}'`);

function shortened(text: string, most: number): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => (line.length > 200 ? `${line.slice(0, 200)}…` : line));
  return lines.length > most ? [...lines.slice(0, most - 1), `… ${lines.length - most + 1} more lines`].join('\n') : lines.join('\n');
}
