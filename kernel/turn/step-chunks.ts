import type { Chunk } from '../wire/index.js';

/**
 * The chunks of one assistant message as they grow: neighbouring deltas of a kind merge, a change of kind opens the
 * next chunk. The turn loop builds a model's view with it, the log builds what is stored: so the two agree.
 */
export class StepChunks {
  private readonly list: Chunk[] = [];
  private open: { type: 'text' | 'thinking'; text: string } | undefined;

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
    this.open = undefined;
    this.list.push(chunk);
  }

  clear(): void {
    this.open = undefined;
    this.list.length = 0;
  }

  private grow(type: 'text' | 'thinking', delta: string): void {
    if (this.open?.type === type) {
      this.open.text += delta;
      return;
    }
    this.open = { type, text: delta };
    this.list.push(this.open);
  }
}
