import { Config, inject, plugin, type Tool, type ToolAnswer, type ToolContext, Tools } from 'dispatch/kernel';
import { PathRefused } from '../working-directory/contract.js';
import { findRipgrep, noRipgrep } from './find-ripgrep.js';
import { globTest, nameGlob, type PathTest } from './glob.js';
import { FoundLines, FoundNames } from './records.js';
import { type RipgrepEnd, runRipgrep } from './run-ripgrep.js';
import { type SearchPlace, SearchPlaces } from './search-place.js';
import { timeoutMs, walkArgs } from './walk-args.js';
import { WrittenMatches } from './written-matches.js';

interface Input {
  pattern: string;
  path?: string;
  glob?: string;
  literal?: boolean;
  ignoreCase?: boolean;
  context?: number;
  filesOnly?: boolean;
  includeIgnored?: boolean;
  limit?: number;
}

/** Longer lines are cut, in bytes. */
const lineLimit = 500;
const roomForNotes = 1000;

/** `grep`: lines that match, or the files that have them. */
@plugin({ id: 'tool-search-grep', version: '0.1.0', provides: Tools, capabilities: ['files', 'processes'] })
export class GrepTool implements Tool {
  readonly name = 'grep';
  readonly description =
    'Search the text of files in the working directory with a regular expression (ripgrep). Answers matching lines as "N: text" under the name of their file, or with filesOnly the names of the files alone. Leaves out binary files, .git and what .gitignore names.';
  readonly input = {
    type: 'object',
    properties: {
      pattern: { type: 'string', minLength: 1, maxLength: 10_000, description: 'Regular expression (Rust syntax), matched line by line.' },
      path: { type: 'string', default: '.', description: 'Folder or file to search.' },
      glob: { type: 'string', maxLength: 1000, description: 'Only files that fit, e.g. *.ts, src/**/*.{ts,tsx} or !*.test.ts.' },
      literal: { type: 'boolean', default: false, description: 'Take the pattern as plain text.' },
      ignoreCase: { type: 'boolean', default: false },
      context: { type: 'integer', minimum: 0, maximum: 20, default: 0, description: 'Lines to show around each match.' },
      filesOnly: { type: 'boolean', default: false, description: 'Name the files that match, without their lines.' },
      includeIgnored: { type: 'boolean', default: false, description: 'Also search what .gitignore names.' },
      limit: { type: 'integer', minimum: 1, maximum: 5000, default: 200, description: 'Matches (or files) to show at most.' },
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
    if (input.pattern.includes('\0')) return failure('the pattern holds a NUL character, which no text file does: leave it out');
    const program = await findRipgrep();
    if (program === undefined) return failure(noRipgrep);
    let place: SearchPlace | undefined;
    try {
      const fits = input.glob === undefined ? undefined : globTest(input.glob);
      place = await this.places.open(input.path ?? '.', context);
      return await this.search(program, input, place, fits, context.signal);
    } catch (error) {
      if (error instanceof PathRefused) return failure(error.message);
      throw error;
    } finally {
      await place?.opened.handle.close();
    }
  }

  private async search(program: string, input: Input, place: SearchPlace, fits: PathTest | undefined, signal: AbortSignal) {
    const { limit = 200, filesOnly = false } = input;
    const written = new WrittenMatches(limit, this.budget);
    const shown = shownOnce(place, fits);
    const [lines, names] = [new FoundLines(), new FoundNames()];
    const take = (text: string): boolean => {
      if (filesOnly) return names.take(text).every((path) => written.file(shown(path)));
      return lines.take(text).every((found) => written.line(shown(found.path), found));
    };
    const isFile = place.opened.kind === 'file';
    const end = await runRipgrep({
      ...{ program, cwd: place.cwd, timeoutMs, signal, take },
      args: [...argsOf(input, isFile), ...(isFile ? ['--', '-'] : [...walkArgs(place, input.includeIgnored), '--', '.'])],
      ...(isFile && { input: place.opened.handle.fd }),
    });
    return lines.onlyBinary && written.empty
      ? failure(`${input.path} is a binary file, and it matches; its lines are not shown`)
      : answer(end, written, input);
  }
}

const argsOf = ({ pattern, glob, literal, ignoreCase, context = 0, filesOnly }: Input, isFile: boolean): string[] => [
  ...['--null', '--color=never', '--with-filename', `--regexp=${pattern}`],
  ...(literal ? ['--fixed-strings'] : []),
  ...(ignoreCase ? ['--ignore-case'] : ['--case-sensitive']),
  ...(filesOnly
    ? ['--files-with-matches']
    : ['--no-heading', '--line-number', `--max-columns=${lineLimit}`, '--max-columns-preview', '--no-context-separator']),
  ...(context > 0 && !filesOnly ? [`--context=${context}`] : []),
  ...(isFile ? [] : ['--sort=path', ...typeArgs(glob)]),
];

/** Narrows what is read; `.gitignore` goes on to count, which it would not with ripgrep's own `--glob`. */
function typeArgs(glob: string | undefined): string[] {
  const name = glob === undefined ? undefined : nameGlob(glob);
  return name === undefined ? [] : [`--type-add=asked:${name}`, '--type=asked'];
}

/** What a found path is shown as, worked out once a file; files that do not fit the glob are not shown. */
function shownOnce(place: SearchPlace, fits: PathTest | undefined) {
  let last: { found: string; shown: string | undefined } | undefined;
  return (found: string): string | undefined => {
    if (last?.found === found) return last.shown;
    const below = place.opened.kind === 'file' ? (place.opened.path.split('/').at(-1) as string) : found.replace(/^\.\//, '');
    last = { found, shown: fits && !fits(below) ? undefined : place.shown(below) };
    return last.shown;
  };
}

function answer(end: RipgrepEnd, written: WrittenMatches, { pattern, literal, limit = 200, filesOnly }: Input): ToolAnswer {
  if (end.why === 'stopped') return failure('the search was stopped');
  if (end.why === 'end' && end.code > 1 && written.empty) {
    const hint = literal ? '' : '\nIf the pattern is meant as plain text, set literal to true.';
    return failure(`the search failed: ${end.problem.slice(0, 2000)}${hint}`);
  }
  const notes: string[] = [];
  const what = filesOnly ? 'files' : 'matches';
  if (written.full === 'limit') notes.push(`more ${what} follow after these ${limit}; narrow the search, or raise limit`);
  if (written.full === 'budget') notes.push(`more ${what} follow than one answer holds; narrow the search`);
  if (end.why === 'timeout') notes.push(`the search was ended after ${timeoutMs / 1000} s; narrow it by path or glob`);
  if (written.empty && notes.length === 0) return `no matches for ${JSON.stringify(pattern.slice(0, 200))}`;
  return [written.text(), ...notes.map((note) => `[${note}]`)].filter((part) => part !== '').join('\n');
}

const failure = (content: string): ToolAnswer => ({ content, isError: true });
