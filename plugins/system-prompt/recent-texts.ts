/** Texts by key, the longest unused ones forgotten first once they are too many characters in all. */
export class RecentTexts<V extends { readonly text: string }> {
  readonly #kept = new Map<string, V>();
  #size = 0;

  constructor(private readonly limit = 4 * 1024 * 1024) {}

  get(key: string): V | undefined {
    const found = this.#kept.get(key);
    if (found && this.#kept.delete(key)) this.#kept.set(key, found); // the newest use stands last
    return found;
  }

  set(key: string, value: V): void {
    this.#forget(key);
    this.#kept.set(key, value);
    this.#size += value.text.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= this.limit || oldest === key) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#size -= this.#kept.get(key)?.text.length ?? 0;
    this.#kept.delete(key);
  }
}
