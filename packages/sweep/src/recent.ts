/**
 * Keeps what was made for the most recently used keys within a budget of bytes; the rest is released and made again when
 * asked for. The newest entry stays even when it alone exceeds the budget.
 */
export class Recent<T> {
  readonly #entries = new Map<string, { readonly value: T; readonly bytes: number }>();
  readonly #budgetBytes: number;
  readonly #release: (value: T) => void;
  #bytes = 0;

  constructor(budgetBytes: number, release: (value: T) => void) {
    this.#budgetBytes = budgetBytes;
    this.#release = release;
  }

  /** What was made for the key; `bytesOf` is asked after making it. */
  get(key: string, make: () => T, bytesOf: (value: T) => number): T {
    const found = this.#entries.get(key);
    if (found !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, found);
      return found.value;
    }
    const value = make();
    const bytes = bytesOf(value);
    this.#shrink(bytes);
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
    return value;
  }

  /** Frees the least recently used entries until `bytes` more fit. */
  #shrink(bytes: number): void {
    for (const [key, entry] of this.#entries) {
      if (this.#bytes + bytes <= this.#budgetBytes) return;
      this.#entries.delete(key);
      this.#bytes -= entry.bytes;
      this.#release(entry.value);
    }
  }
}
