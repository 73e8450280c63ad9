import { Config, inject, messageOf, plugin, type Tool, type ToolAnswer, type ToolContext, Tools } from 'dispatch/kernel';
import { PathRefused, WorkingFiles } from '../working-directory/contract.js';
import type { Document } from './documents.js';
import { LspServers } from './lsp-servers.js';
import { answerOf, type Operation, operations, type Question } from './operations.js';
import { linesOf } from './positions.js';
import { readDocument } from './read-document.js';
import { seeFiles } from './see-files.js';
import { settingsFrom } from './settings.js';
import { directoryOfFile } from './working-root.js';

interface Input {
  operation: Operation;
  path: string;
  line?: number;
  character?: number;
}

/** Characters of an answer at most. */
const largest = 20_000;
const aboutPlaces: readonly Operation[] = ['hover', 'definition', 'references'];

/** `lsp`: asks the language servers of a file. */
@plugin({ id: 'lsp-tool', version: '0.1.0', provides: Tools, capabilities: ['files', 'processes'] })
export class LspTool implements Tool {
  readonly name = 'lsp';
  readonly description =
    'Ask the language server of a source file in the working directory: diagnostics (errors and warnings of the file as it is now), hover (type and documentation), definition, references, documentSymbol (outline). Lines and characters count from 1; hover, definition and references need both, pointing at a name.';
  readonly input = {
    type: 'object',
    properties: {
      operation: { type: 'string', enum: [...operations] },
      path: { type: 'string', description: 'Source file, relative to the working directory or absolute.' },
      line: { type: 'integer', minimum: 1, description: 'Line, from 1.' },
      character: { type: 'integer', minimum: 1, description: 'Character in that line, from 1.' },
    },
    required: ['operation', 'path'],
    additionalProperties: false,
  };
  readonly concurrencySafe = true;
  private readonly limits: Pick<Question, 'requestMs' | 'diagnosticsMs' | 'budget'>;

  constructor(
    @inject(Config) config: Config,
    @inject(LspServers) private readonly servers: LspServers,
    @inject(WorkingFiles) private readonly files: WorkingFiles,
  ) {
    const { requestMs, diagnosticsMs } = settingsFrom(config);
    this.limits = { requestMs, diagnosticsMs, budget: Math.min(largest, config.number('turn.resultLimit') - 1_000) };
  }

  async execute(input: Input, context: ToolContext): Promise<ToolAnswer> {
    const document = await readDocument(this.files, input.path, context).catch((thrown: unknown) => {
      if (thrown instanceof PathRefused) return thrown.message;
      throw thrown;
    });
    if (typeof document === 'string') return failure(document);
    const problem = placeProblem(input, document);
    if (problem !== undefined) return failure(problem);
    const directory = directoryOfFile(document);
    const { servers, problems } = await this.servers.forFile(directory, document.path);
    if (servers.length === 0) return failure([noServer(document), ...problems].join('\n'));
    const question = this.question(input, document, directory, context);
    const ask = async (server: (typeof servers)[number]) => {
      try {
        return { id: server.id, text: await answerOf(server, question) };
      } catch (thrown) {
        return { id: server.id, failed: `the language server "${server.id}" gave no answer: ${messageOf(thrown)}` };
      }
    };
    const answers = await Promise.all(servers.map(ask));
    return together(answers, problems, question);
  }

  private question({ operation, line, character }: Input, document: Document, directory: string, context: ToolContext): Question {
    const { files, limits } = this;
    const { cwd, signal } = context;
    return {
      ...{ operation, document, line, character, directory, signal, ...limits },
      show: (session) => seeFiles(session, document, files, cwd),
      linesOf: async (path) => {
        if (path === document.path) return linesOf(document.text);
        const other = await readDocument(files, path, context).catch(() => undefined);
        return other && linesOf(other.text);
      },
    };
  }
}

interface Answered {
  id: string;
  text?: string;
  failed?: string;
}

/** The answers of all servers in one; a failure only when none has answered. Pure. */
export function together(
  answers: readonly Answered[],
  problems: readonly string[],
  question: Pick<Question, 'operation' | 'budget'>,
): ToolAnswer {
  const said = answers.filter(({ text }) => text !== undefined);
  const failed = answers.flatMap((each) => each.failed ?? []);
  const notes = [...failed, ...problems].map((note) => note.slice(0, 2_000));
  if (said.length === 0 && failed.length > 0) return failure(notes.join('\n'));
  const several = said.length > 1;
  const texts = [...new Set(said.map(({ text }) => text))];
  const blocks = several && texts.length > 1 ? said.map(({ id, text }) => `${id}:\n${text}`) : texts;
  const main = blocks.length === 0 ? nothing[question.operation] : blocks.join('\n\n');
  return [main.slice(0, question.budget), ...notes.map((note) => `[${note}]`)].join('\n');
}

const nothing: Readonly<Record<Operation, string>> = {
  diagnostics: 'no server gives diagnostics for this file',
  hover: 'nothing is known about what stands there',
  definition: 'no definition was found of what stands there',
  references: 'no references were found to what stands there',
  documentSymbol: 'no symbols were found',
};

function placeProblem({ operation, line, character }: Input, { shown, text }: Document): string | undefined {
  if (!aboutPlaces.includes(operation)) return undefined;
  if (line === undefined || character === undefined) return `${operation} needs "line" and "character", both from 1, pointing at a name`;
  const count = linesOf(text).length;
  return line > count ? `${shown} has ${count} lines; there is no line ${line}` : undefined;
}

const noServer = ({ shown }: Document): string =>
  `no language server for ${shown}: none that is meant for such files is configured or found on PATH (typescript-language-server, pyright-langserver, gopls, rust-analyzer, clangd, …; .dispatch/lsp.json may name others)`;

const failure = (content: string): ToolAnswer => ({ content, isError: true });
