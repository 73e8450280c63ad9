import { inject, plugin, type Tool, type ToolAnswer, type ToolContext, Tools } from 'dispatch/kernel';
import { type FoundFile, PathRefused, WorkingFiles } from '../working-directory/contract.js';

interface Input {
  path: string;
  content: string;
  overwrite?: boolean;
}

/** `write_file`: a whole file, new or in the place of an old one. */
@plugin({ id: 'tool-write-file', version: '0.1.0', provides: Tools, capabilities: ['files'] })
export class WriteFileTool implements Tool {
  readonly name = 'write_file';
  readonly description =
    'Write a whole text file in the working directory. It makes a new file; with overwrite=true it replaces one that exists. The folder must exist. To change a part of a file use edit_file.';
  readonly input = {
    type: 'object',
    properties: {
      path: { type: 'string', description: 'File, relative to the working directory or absolute.' },
      content: { type: 'string', description: 'The whole text, written as it is in UTF-8.' },
      overwrite: { type: 'boolean', default: false, description: 'Replace the file that is there; it must exist then.' },
    },
    required: ['path', 'content'],
    additionalProperties: false,
  };

  constructor(@inject(WorkingFiles) private readonly files: WorkingFiles) {}

  async execute({ path, content, overwrite = false }: Input, context: ToolContext): Promise<ToolAnswer> {
    if (!content.isWellFormed()) return failure('the content holds half of a character (a lone surrogate), which no text file can');
    let before = 0;
    const decide = ({ size }: FoundFile) => {
      before = size;
      return content;
    };
    try {
      const { shown, bytes, notes } = await this.files.change(path, overwrite ? 'file' : 'nothing', context, decide);
      return `${overwrite ? 'replaced' : 'wrote'} ${shown}: ${inBytes(bytes)}${overwrite ? ` (before: ${inBytes(before)})` : ''}${notes}`;
    } catch (error) {
      if (error instanceof PathRefused) return failure(`${error.message}${advice[error.code] ?? ''}`);
      throw error;
    }
  }
}

/** What would be right, in this tool's own words. */
const advice: Readonly<Record<string, string>> = {
  exists: '; set overwrite=true to replace it, or change a part of it with edit_file',
  missing: '; leave overwrite out to make a new file',
};

const inBytes = (count: number): string => (count === 1 ? '1 byte' : `${count} bytes`);

const failure = (content: string): ToolAnswer => ({ content, isError: true });
