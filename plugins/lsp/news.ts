/** Something that happens again and again, for those who wait until it does. */
export class News {
  private readonly listeners = new Set<() => void>();

  tell(): void {
    for (const listener of [...this.listeners]) listener();
  }

  /** Resolves with the next of it, after these milliseconds, or when the signal aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const heard = () => {
        clearTimeout(late);
        this.listeners.delete(heard);
        signal.removeEventListener('abort', heard);
        resolve();
      };
      const late = setTimeout(heard, ms);
      this.listeners.add(heard);
      signal.addEventListener('abort', heard);
    });
  }
}
