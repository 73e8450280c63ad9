import { isUtf8 } from 'node:buffer';
import { inject, plugin, type Tool, type ToolAnswer, type ToolContext, Tools } from 'dispatch/kernel';
import { type FoundFile, PathRefused, WorkingFiles } from '../working-directory/contract.js';
import { type Edit, editProblem, planEdit } from './plan-edit.js';

interface Input extends Edit {
  path: string;
}

/** `edit_file`: an exact text in a file, replaced by another. */
@plugin({ id: 'tool-edit-file', version: '0.1.0', provides: Tools, capabilities: ['files'] })
export class EditFileTool implements Tool {
  readonly name = 'edit_file';
  readonly description =
    'Replace a text in a file of the working directory. oldString must match the file exactly, white space included and without the line numbers of read_file, and occur once; with replaceAll=true every occurrence is replaced. Line ends are kept as the file has them.';
  readonly input = {
    type: 'object',
    properties: {
      path: { type: 'string', description: 'File, relative to the working directory or absolute.' },
      oldString: { type: 'string', description: 'The text to replace, with enough lines around it to occur only once.' },
      newString: { type: 'string', description: 'The text to put in its place; may be empty.' },
      replaceAll: { type: 'boolean', default: false, description: 'Replace every occurrence.' },
    },
    required: ['path', 'oldString', 'newString'],
    additionalProperties: false,
  };

  constructor(@inject(WorkingFiles) private readonly files: WorkingFiles) {}

  async execute({ path, ...edit }: Input, context: ToolContext): Promise<ToolAnswer> {
    const problem = editProblem(edit);
    if (problem) return failure(problem);
    let told = '';
    const decide = async ({ shown, read }: FoundFile) => {
      const before = textOf(path, await read());
      const plan = planEdit(before, edit);
      if ('problem' in plan) throw new PathRefused('unfit', `${path}: ${plan.problem}`);
      // The library that compares texts is wanted by nobody before the first edit.
      if ('absent' in plan) throw new PathRefused('unfit', await whyAbsent(path, before, edit.oldString));
      const { changeSummary } = await import('./change-summary.js');
      const places = plan.places === 1 ? '1 place' : `${plan.places} places`;
      told = `edited ${shown}: ${places}${changeSummary(shown, before, plan.content)}`;
      return plan.content;
    };
    try {
      const { notes } = await this.files.change(path, 'file', context, decide);
      return told + notes;
    } catch (error) {
      if (error instanceof PathRefused) return failure(error.message);
      throw error;
    }
  }
}

async function whyAbsent(path: string, text: string, sought: string): Promise<string> {
  const { nearestLines } = await import('./nearest-lines.js');
  return `oldString was not found in ${path}, nothing was changed: ${nearestLines(text, sought)}`;
}

/** The text of a file that can be written back as it was. */
function textOf(path: string, bytes: Buffer): string {
  if (bytes.includes(0))
    throw new PathRefused('unfit', `${path} is a binary or UTF-16 file (it has NUL bytes), which is not edited; use run_shell`);
  if (!isUtf8(bytes))
    throw new PathRefused(
      'unfit',
      `${path} is not valid UTF-8, and an edit would damage what is not; convert it first, or use run_shell, e.g. sed -i`,
    );
  return bytes.toString('utf8');
}

const failure = (content: string): ToolAnswer => ({ content, isError: true });
