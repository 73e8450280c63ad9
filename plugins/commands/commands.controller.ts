import { isAbsolute } from 'node:path';
import { Config, inject, messageOf, plugin } from 'dispatch/kernel';
import * as z from 'zod';
import { HttpError, type LineSink, Lines, type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { type Command, type CommandLine, type CommandRequest, Commands, type CommandsAnswer } from './contract.js';

/** Characters that a command may show; the rest is not shown. */
const mostShown = 4 * 1024 * 1024;

const answer = wire<CommandsAnswer>('CommandsAnswer')(
  z.object({ commands: z.array(z.object({ name: z.string(), description: z.string(), usage: z.string().optional() })) }),
);
const request = wire<CommandRequest>('CommandRequest')(
  z.strictObject({ args: z.array(z.string().max(100_000)).max(1_000), cwd: z.string().min(1).max(4_096).optional() }),
);
const line = wire<CommandLine>('CommandLine')(
  z.union([
    z.object({ type: z.literal('line'), text: z.string() }),
    z.object({ type: z.literal('done'), exitCode: z.number().int(), error: z.string().optional() }),
  ]),
);
const params = z.object({ name: z.string().regex(/^[A-Za-z0-9-]{1,64}$/) });

/** Lists and runs the commands that plugins bring for the command line. */
@plugin({ id: 'commands', version: '0.1.0', provides: Routes })
export class CommandsController implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(
    @inject(Commands) private readonly commands: readonly Command[],
    @inject(Config) private readonly config: Config,
  ) {
    this.routes = [
      route({
        method: 'GET',
        path: '/commands',
        summary: 'The commands that plugins bring for the command line',
        answer,
        handle: (): CommandsAnswer => ({
          commands: this.commands.map(({ name, description, usage }) => ({ name, description, ...(usage !== undefined && { usage }) })),
        }),
      }),
      route({
        method: 'POST',
        path: '/commands/:name',
        summary: 'Run a command; the answer is what it shows, one JSON object a line, and how it ended',
        params,
        body: request,
        media: 'application/x-ndjson',
        answer: line,
        errors: [404],
        handle: ({ params: { name }, body }) => this.run(name, body),
      }),
    ];
  }

  private run(name: string, { args, cwd }: CommandRequest): Lines {
    const command = this.commands.find((each) => each.name === name);
    if (!command) throw new HttpError(404, `there is no command "${name}"; GET /commands lists them`);
    if (cwd !== undefined && !isAbsolute(cwd)) throw new HttpError(400, `"cwd" must be an absolute path, not "${cwd.slice(0, 200)}"`);
    const gone = new AbortController();
    const context = { args, cwd: cwd ?? this.config.text('cwd'), signal: gone.signal };
    return new Lines({}, (sink) => {
      void shown(command, context, sink);
      return { drained: () => undefined, stopped: () => gone.abort() };
    });
  }
}

async function shown(command: Command, context: { args: string[]; cwd: string; signal: AbortSignal }, sink: LineSink): Promise<void> {
  let left = mostShown;
  const write = (told: CommandLine) => void sink.write(`${JSON.stringify(told)}\n`);
  const print = (text: string) => {
    if (left <= 0) return;
    left -= text.length;
    write({ type: 'line', text: left > 0 ? text : `… (it showed more than ${mostShown} characters)` });
  };
  try {
    const exitCode = await command.run({ ...context, print: (text) => print(String(text)) });
    write({ type: 'done', exitCode: Number.isInteger(exitCode) ? Number(exitCode) : 0 });
  } catch (thrown) {
    write({ type: 'done', exitCode: 1, error: messageOf(thrown) });
  }
  sink.end();
}
