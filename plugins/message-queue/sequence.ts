/** Runs work on the same key one after the other, on different keys side by side. */
export class Sequence {
  private readonly last = new Map<string, Promise<unknown>>();

  busy(key: string): boolean {
    return this.last.has(key);
  }

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.last.get(key) ?? Promise.resolve()).then(work);
    const over = mine
      .catch(() => undefined)
      .then(() => {
        if (this.last.get(key) === over) this.last.delete(key);
      });
    this.last.set(key, over);
    return mine;
  }
}
