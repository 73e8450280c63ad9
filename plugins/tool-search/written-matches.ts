import type { Found } from './records.js';

/** What was found, as the model reads it: lines under the name of their file, up to a number of matches and characters. */
export class WrittenMatches {
  /** Why no more is taken. */
  full: 'limit' | 'budget' | undefined;
  private readonly lines: string[] = [];
  private matches = 0;
  private spent = 0;
  private last: { path: string; line: number } | undefined;

  constructor(
    private readonly limit: number,
    private readonly budget: number,
  ) {}

  get empty(): boolean {
    return this.lines.length === 0;
  }

  text(): string {
    return this.lines.join('\n');
  }

  /** Takes a file that matches; undefined is one that is not shown. Answers whether more is wanted. */
  file(path: string | undefined): boolean {
    return path === undefined || (this.counts() && this.write(spelt(path)));
  }

  /** Takes a line. Answers whether more is wanted. */
  line(path: string | undefined, { line, matches, text }: Found): boolean {
    if (path === undefined) return true;
    const { last } = this;
    // Context of a match in the next file, which would be one too many.
    if (!matches && last?.path !== path && this.matches >= this.limit) this.full = 'limit';
    if (this.full || (matches && !this.counts())) return false;
    this.last = { path, line };
    if (last?.path !== path && !this.write((last ? '\n' : '') + spelt(path))) return false;
    if (last?.path === path && line > last.line + 1 && !matches && !this.write('--')) return false;
    return this.write(`${line}${matches ? ':' : '-'} ${text}`);
  }

  private counts(): boolean {
    if (this.matches >= this.limit) this.full = 'limit';
    else this.matches++;
    return this.full === undefined;
  }

  private write(line: string): boolean {
    this.spent += line.length + 1;
    if (this.spent > this.budget && this.lines.length > 0) this.full = 'budget';
    else this.lines.push(line);
    return this.full === undefined;
  }
}

/** Names with control characters are quoted as in JSON. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
export const spelt = (name: string): string => (/[\u0000-\u001f\u007f-\u009f]/.test(name) ? JSON.stringify(name) : name);
