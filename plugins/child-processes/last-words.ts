import { StringDecoder } from 'node:string_decoder';

const kept = 2_000;
const shown = 3;

/** The end of what a server writes to its error output, for whoever wonders why it failed. */
export class LastWords {
  private readonly decoder = new StringDecoder('utf8');
  private text = '';

  add(data: Buffer): void {
    this.text = (this.text + this.decoder.write(data.subarray(-4 * kept))).slice(-kept);
  }

  /** The last lines as the end of a sentence; empty when there are none. */
  said(): string {
    const lines = this.text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
      .replace(/\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    return lines.length === 0 ? '' : `; it said: ${lines.slice(-shown).join(' | ')}`;
  }
}
