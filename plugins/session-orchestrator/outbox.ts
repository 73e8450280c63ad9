/** Something to be shown, once what it waits for is on the disk. */
interface Held<T> {
  item?: { it: T };
  durable: Promise<void> | undefined;
}

/**
 * Lets things out in order, each only when it is stored. The turn itself never waits here. When storing fails, what
 * was not stored is never shown: everything held is dropped and `failed` is told once.
 */
export class Outbox<T> {
  private readonly held: Held<T>[] = [];
  private pumping: Promise<void> | undefined;
  private broken = false;

  constructor(
    private readonly show: (item: T) => void,
    private readonly failed: (thrown: unknown) => void,
  ) {}

  put(item: T, durable?: Promise<void>): void {
    durable?.catch(() => undefined);
    if (this.broken) return;
    if (!durable && !this.pumping) return this.show(item);
    this.held.push({ item: { it: item }, durable });
    this.pumping ??= this.pump();
  }

  /** Lets nothing out before this resolves. */
  hold(until: Promise<void>): void {
    this.held.push({ durable: until });
    this.pumping ??= this.pump();
  }

  /** Resolves when everything put so far has been shown, or dropped. */
  async empty(): Promise<void> {
    while (this.pumping) await this.pumping;
  }

  private async pump(): Promise<void> {
    try {
      for (let head = this.held[0]; head; head = this.held[0]) {
        if (head.durable) await head.durable;
        this.held.shift();
        if (head.item) this.show(head.item.it);
      }
    } catch (thrown) {
      this.broken = true;
      this.held.length = 0;
      this.failed(thrown);
    } finally {
      this.pumping = undefined;
    }
  }
}
