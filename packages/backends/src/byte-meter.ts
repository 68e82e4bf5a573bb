/** Counts live bytes and remembers their peak since the last reset. */
export class ByteMeter {
  #live = 0;
  #base = 0;
  #peak = 0;

  /** Live bytes now. */
  get live(): number {
    return this.#live;
  }

  /** Highest live bytes since the last reset, above the level at that reset. */
  get peakAboveReset(): number {
    return this.#peak - this.#base;
  }

  add(bytes: number): void {
    this.#live += bytes;
    if (this.#live > this.#peak) this.#peak = this.#live;
  }

  remove(bytes: number): void {
    this.#live -= bytes;
  }

  reset(): void {
    this.#base = this.#live;
    this.#peak = this.#live;
  }
}
