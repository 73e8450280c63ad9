import { pipedText, safeText } from './safe-text.js';

export type Colour = 'dim' | 'cyan' | 'red' | 'bold';
const codes: Record<Colour, [number, number]> = { dim: [2, 22], cyan: [36, 39], red: [31, 39], bold: [1, 22] };

interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Whether colours may be used on an output. */
const colourful = (output: Output, env: Readonly<Record<string, string | undefined>>): boolean =>
  output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';

/** Where a command writes: data on one output, everything else on the other. Text is made safe here, and only here. */
export class Screen {
  private atStart = true;
  /** The end of a piece that may be half of something: of a line end, or of a character. */
  private held = '';

  constructor(
    private readonly out: Output,
    private readonly err: Output,
    private readonly env: Readonly<Record<string, string | undefined>>,
    /** Only JSON lines are wanted on the first output. */
    readonly json: boolean,
  ) {}

  /** Width of the terminal, undefined when there is none. */
  get columns(): number | undefined {
    return this.out.isTTY ? this.out.columns || 80 : undefined;
  }

  /** Data, a piece of a line or more. */
  text(text: string, colour?: Colour): void {
    const whole = this.held + text;
    this.held = /[\r\ud800-\udbff]$/.exec(whole)?.[0] ?? '';
    const safe = this.safe(this.held ? whole.slice(0, -1) : whole);
    if (safe === '') return;
    this.out.write(this.painted(this.out, safe, colour));
    this.atStart = safe.endsWith('\n');
  }

  /** Ends a line that was begun. */
  fresh(): void {
    if (this.held !== '' && this.held !== '\r') this.out.write('\ufffd');
    this.held = '';
    if (!this.atStart) this.out.write('\n');
    this.atStart = true;
  }

  /** A line of data. `label` gets the colour, or everything when there is none. */
  line(text: string, colour?: Colour, label = ''): void {
    this.fresh();
    if (label) this.text(`${label} `, colour);
    this.text(text, label ? undefined : colour);
    this.fresh();
  }

  /** A line that the caller has made safe already: JSON. */
  raw(line: string): void {
    this.out.write(`${line}\n`);
  }

  /** A line for the user that is no data. */
  note(text: string, colour?: Colour): void {
    if (!this.json) this.fresh();
    this.err.write(`${this.painted(this.err, safeText(text), colour)}\n`);
  }

  private safe(text: string): string {
    return this.out.isTTY ? safeText(text) : pipedText(text);
  }

  private painted(output: Output, text: string, colour: Colour | undefined): string {
    if (!colour || !colourful(output, this.env)) return text;
    const [on, off] = codes[colour];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  }
}
