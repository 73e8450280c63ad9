import type { Chunk } from '../wire/index.js';

/**
 * The chunks of one assistant message as they grow: neighbouring deltas of a kind merge, a change of kind opens the
 * next chunk. The turn loop builds a model's view with it, the log builds what is stored: so the two agree.
 */
export class StepChunks {
  private readonly list: Chunk[] = [];

  get isEmpty(): boolean {
    return this.list.length === 0;
  }

  /** The chunks so far; text chunks in it still grow. */
  get chunks(): readonly Chunk[] {
    return this.list;
  }

  text(delta: string): void {
    this.grow('text', delta);
  }

  thinking(delta: string): void {
    this.grow('thinking', delta);
  }

  add(chunk: Chunk): void {
    this.list.push(chunk);
  }

  clear(): void {
    this.list.length = 0;
  }

  private grow(type: 'text' | 'thinking', delta: string): void {
    const last = this.list.at(-1);
    if (last?.type === type && 'text' in last) last.text += delta;
    else this.list.push({ type, text: delta });
  }
}
