import type { LineSink } from '../transport-http/contract.js';
import type { Line, Watch, Watcher } from './contract.js';

/** Writes the lines of one turn to an NDJSON answer, as fast as the client reads them. */
export class NdjsonWatcher implements Watcher {
  /** Handed in once the turn has begun. */
  watch: Watch | undefined;
  private sink: LineSink | undefined;
  private early = '';
  private over = false;

  /** The answer's headers are out. */
  attach(sink: LineSink): { drained(): void; stopped(): void } {
    this.sink = sink;
    if (this.early !== '') sink.write(this.early);
    this.early = '';
    if (this.over) sink.end();
    else this.watch?.ready();
    return { drained: () => this.watch?.ready(), stopped: () => this.watch?.stop() };
  }

  take(lines: readonly Line[]): boolean {
    let text = '';
    for (const line of lines) text += `${line.json}\n`;
    if (this.sink) return this.sink.write(text);
    this.early += text;
    return false;
  }

  end(): void {
    this.over = true;
    this.sink?.end();
  }
}
