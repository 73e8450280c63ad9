import { Config, inject, plugin, type Tool, type ToolAnswer, type ToolContext, Tools } from 'dispatch/kernel';
import { type Opened, PathRefused, WorkingFiles } from '../working-directory/contract.js';
import type { LineWindow } from './line-window.js';
import { listFolder } from './list-folder.js';
import { readText } from './read-text.js';

interface Input {
  path: string;
  offset?: number;
  limit?: number;
}

/** Bytes looked at in one call, so that a far offset in a vast file ends. */
const scanLimit = 2 ** 30;
const roomForNotes = 1000;

/** `read_file`: numbered lines of a file, or the names in a folder. */
@plugin({ id: 'tool-read-file', version: '0.1.0', provides: Tools, capabilities: ['files'] })
export class ReadFileTool implements Tool {
  readonly name = 'read_file';
  readonly description =
    'Read a text file in the working directory as numbered lines ("N: text"), or list a folder. Long files come in parts: the answer says which offset to go on with.';
  readonly input = {
    type: 'object',
    properties: {
      path: { type: 'string', description: 'File or folder, relative to the working directory or absolute.' },
      offset: { type: 'integer', minimum: 1, default: 1, description: 'First line (or name) to show, from 1.' },
      limit: { type: 'integer', minimum: 1, maximum: 5000, default: 500, description: 'How many to show at most.' },
    },
    required: ['path'],
    additionalProperties: false,
  };
  readonly concurrencySafe = true;
  private readonly budget: number;

  constructor(
    @inject(Config) config: Config,
    @inject(WorkingFiles) private readonly files: WorkingFiles,
  ) {
    // The loop cuts longer results in the middle; a window that ends earlier can be gone on with.
    this.budget = Math.max(roomForNotes, config.number('turn.resultLimit') - roomForNotes);
  }

  async execute({ path, offset = 1, limit = 500 }: Input, context: ToolContext): Promise<ToolAnswer> {
    let opened: Opened;
    try {
      opened = await this.files.open(path, context);
    } catch (error) {
      if (error instanceof PathRefused) return failure(error.message);
      throw error;
    }
    try {
      const request = { offset, limit, budget: this.budget };
      if (opened.kind === 'directory') return await listFolder(opened, request);
      const read = await readText(opened.handle, opened.stats.size, { ...request, scanLimit }, context.signal);
      if (!read) return refusal(path, opened);
      this.files.shown(context.conversationId, opened, read.content);
      return answer(read.window, offset, read.text);
    } finally {
      await opened.handle.close();
    }
  }
}

const refusal = (path: string, opened: Opened): ToolAnswer => ({
  content: `${path} is a binary file (${opened.stats.size.toLocaleString('en')} bytes, with NUL bytes), not text; it is not shown. Look at it with run_shell, e.g. file, xxd or strings`,
  isError: true,
});

/** The lines with what the model should know about them. */
function answer(window: LineWindow, offset: number, text: { kind: string; skip: number }): ToolAnswer {
  const { lines, seen } = window;
  if (lines.length === 0 && window.gaveUp)
    return failure(
      `line ${offset} was not reached: ${scanLimit.toLocaleString('en')} bytes were searched and held only ${seen} lines. Use run_shell with sed -n or tail instead`,
    );
  if (lines.length === 0 && seen === 0) return '(empty file)';
  if (lines.length === 0) return failure(`offset ${offset} is past the end: the file has ${seen} lines`);
  const notes: string[] = [];
  const next = offset + lines.length;
  for (const { line, bytes, whole } of window.cut)
    notes.push(`line ${line} is cut; it has ${whole ? '' : 'more than '}${bytes.toLocaleString('en')} bytes`);
  if (window.cut.length > 0 && lines.length > 1) notes.push('with limit=1 more of a long line is shown');
  if (text.kind !== 'utf-8') notes.push(`the file is ${text.kind.toUpperCase()}, shown decoded`);
  else if (text.skip > 0) notes.push('the file starts with a UTF-8 byte order mark');
  if (window.invalid) notes.push('not valid UTF-8: what could not be read is shown as \uFFFD');
  if (window.nul) notes.push('NUL bytes are shown as ␀; the file may be binary');
  if (window.crlf) notes.push('lines end in CRLF');
  if (window.gaveUp) notes.push('more may follow, but the search stopped here');
  else if (window.more) notes.push(`more lines follow; go on with offset=${next}`);
  return [...lines, ...notes.slice(0, 12).map((note) => `[${note}]`)].join('\n');
}

const failure = (content: string): ToolAnswer => ({ content, isError: true });
