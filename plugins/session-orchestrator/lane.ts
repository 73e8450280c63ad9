/** A place in a lane: either at once, or when its turn has come. */
export interface Place {
  /** Resolves when it is this one's turn; undefined where it is so already. */
  readonly free: Promise<void> | undefined;
  /** Makes room for the next; may be called again, and before it was this one's turn. */
  leave(): void;
}

/** So many at once, the others in the order they came. */
export class Lane {
  private running = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly most: number) {}

  enter(): Place {
    let begin: (() => void) | undefined;
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      if (begin && this.waiting.delete(begin)) return;
      this.running--;
      this.next();
    };
    if (this.running < this.most) {
      this.running++;
      return { free: undefined, leave };
    }
    const free = new Promise<void>((resolve) => {
      begin = resolve;
      this.waiting.add(resolve);
    });
    return { free, leave };
  }

  private next(): void {
    const [begin] = this.waiting;
    if (!begin) return;
    this.waiting.delete(begin);
    this.running++;
    begin();
  }
}
