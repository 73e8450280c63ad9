/**
 * Takes terminal control out of a stream of text: escape sequences (also when they are split over pieces) and control
 * characters but tab, line end, carriage return and backspace.
 */
export class PlainText {
  private held = '';

  /** The text of the next piece; the beginning of an unfinished sequence waits for the next one. */
  take(piece: string): string {
    const text = this.held + piece;
    this.held = '';
    const start = openAt(text);
    if (start < 0) return strip(text);
    this.held = text.slice(start);
    return strip(text.slice(0, start));
  }

  /** What is left when the stream ends. */
  end(): string {
    const rest = strip(this.held);
    this.held = '';
    return rest;
  }
}

const esc = '\u001b';
const csi = `(?:${esc}\\[|\u009b)[0-?]*[ -/]*`;
/** Operating system commands and other strings, up to where they end. Longer ones are no sequences. */
const string = `${esc}[\\]PX^_][^\u0007${esc}]{0,4096}`;
const short = `${esc}[ -/]*`;
const sequences = new RegExp(`${csi}[@-~]|${string}(?:\u0007|${esc}\\\\)|${short}[0-~]?`, 'g');
const unfinished = new RegExp(`^(?:${csi}|${string}${esc}?|${short})$`);
const control = '[\u0000-\u0007\u000b\u000c\u000e-\u001f\u007f-\u009f]';
const controls = new RegExp(control, 'g');
const anyControl = new RegExp(control);

const strip = (text: string): string => (anyControl.test(text) ? text.replace(sequences, '').replace(controls, '') : text);

/** Where a sequence begins that the text does not end, or -1. The last escape may itself be half of an end. */
function openAt(text: string): number {
  const last = Math.max(text.lastIndexOf(esc), text.lastIndexOf('\u009b'));
  if (last < 0) return -1;
  const before = last > 0 ? text.lastIndexOf(esc, last - 1) : -1;
  return [before, last].find((at) => at >= 0 && unfinished.test(text.slice(at))) ?? -1;
}

/** What a terminal would show of lines that were drawn over: the last state of each; backspaces applied. */
export function settled(text: string): string {
  if (!/[\r\b]/.test(text)) return text;
  return text
    .split('\n')
    .map((line) => {
      const states = line.split('\r');
      const last = states.findLast((state) => state !== '') ?? '';
      return last.includes('\b') ? erased(last) : last;
    })
    .join('\n');
}

function erased(line: string): string {
  const kept: string[] = [];
  for (const character of line) character === '\b' ? kept.pop() : kept.push(character);
  return kept.join('');
}
