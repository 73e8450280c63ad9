import { Config, inject, plugin, type Tool, type ToolAnswer, type ToolContext, Tools } from 'dispatch/kernel';
import { PathRefused } from '../working-directory/contract.js';
import { findRipgrep, noRipgrep } from './find-ripgrep.js';
import { globTest, type PathTest } from './glob.js';
import { FoundNames } from './records.js';
import { runRipgrep } from './run-ripgrep.js';
import { type SearchPlace, SearchPlaces } from './search-place.js';
import { timeoutMs, walkArgs } from './walk-args.js';
import { WrittenMatches } from './written-matches.js';

interface Input {
  pattern: string;
  path?: string;
  includeIgnored?: boolean;
  limit?: number;
}

const roomForNotes = 1000;

/** `glob`: files by the shape of their names, newest first. */
@plugin({ id: 'tool-search-glob', version: '0.1.0', provides: Tools, capabilities: ['files', 'processes'] })
export class GlobTool implements Tool {
  readonly name = 'glob';
  readonly description =
    'Find files in the working directory by name, the most recently changed first. Leaves out .git and what .gitignore names.';
  readonly input = {
    type: 'object',
    properties: {
      pattern: {
        type: 'string',
        minLength: 1,
        maxLength: 1000,
        description: 'Glob such as **/*.ts or src/**/*.{css,html}; without "/" it means the name in any folder.',
      },
      path: { type: 'string', default: '.', description: 'Folder that the pattern starts from.' },
      includeIgnored: { type: 'boolean', default: false, description: 'Also find what .gitignore names.' },
      limit: { type: 'integer', minimum: 1, maximum: 5000, default: 200, description: 'Files to show at most.' },
    },
    required: ['pattern'],
    additionalProperties: false,
  };
  readonly concurrencySafe = true;
  private readonly places: SearchPlaces;
  private readonly budget: number;

  constructor(@inject(Config) config: Config) {
    this.places = new SearchPlaces(config);
    this.budget = Math.max(roomForNotes, config.number('turn.resultLimit') - roomForNotes);
  }

  async execute(input: Input, context: ToolContext): Promise<ToolAnswer> {
    const program = await findRipgrep();
    if (program === undefined) return failure(noRipgrep);
    let place: SearchPlace | undefined;
    try {
      const fits = globTest(input.pattern);
      place = await this.places.open(input.path ?? '.', context);
      if (place.opened.kind === 'file') return failure(`${input.path} is a file: name the folder to look in`);
      return await this.find(program, input, place, fits, context.signal);
    } catch (error) {
      if (error instanceof PathRefused) return failure(error.message);
      throw error;
    } finally {
      await place?.opened.handle.close();
    }
  }

  private async find(
    program: string,
    { pattern, includeIgnored, limit = 200 }: Input,
    place: SearchPlace,
    fits: PathTest,
    signal: AbortSignal,
  ) {
    const written = new WrittenMatches(limit, this.budget);
    const names = new FoundNames();
    const each = (found: string): boolean => {
      const below = found.replace(/^\.\//, '');
      return !fits(below) || written.file(place.shown(below));
    };
    const end = await runRipgrep({
      ...{ program, cwd: place.cwd, timeoutMs, signal },
      take: (text) => names.take(text).every(each),
      args: ['--files', '--null', '--sortr=modified', ...walkArgs(place, includeIgnored), '--', '.'],
    });
    if (end.why === 'stopped') return failure('the search was stopped');
    if (end.why === 'end' && end.code > 1 && written.empty && end.problem !== '')
      return failure(`the search failed: ${end.problem.slice(0, 2000)}`);
    const notes: string[] = [];
    if (written.full) notes.push(`more files follow after these; narrow the pattern${written.full === 'limit' ? ', or raise limit' : ''}`);
    if (end.why === 'timeout') notes.push(`the search was ended after ${timeoutMs / 1000} s; narrow it by path`);
    if (written.empty && notes.length === 0) return `no files fit ${JSON.stringify(pattern.slice(0, 200))}`;
    return [written.text(), ...notes.map((note) => `[${note}]`)].filter((part) => part !== '').join('\n');
  }
}

const failure = (content: string): ToolAnswer => ({ content, isError: true });
