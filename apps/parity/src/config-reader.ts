/** Says that a case asks for something this project does not have; the case is reported, not failed. */
export class NotCovered extends Error {}
/** Says that the case's package leaves its paper in a way the contract forbids; the sentence is reported. */
export class Deviates extends Error {}

/**
 * Reads a case's config and remembers what was read: a key that an adapter never looked at might change the mathematics, so the
 * case is then "not covered" rather than compared by luck.
 */
export class ConfigReader {
  readonly #raw: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();

  constructor(raw: Readonly<Record<string, unknown>>) {
    this.#raw = raw;
  }

  number(key: string): number {
    const value = this.#take(key);
    if (typeof value !== "number") throw new NotCovered(`${key} = ${JSON.stringify(value)}`);
    return value;
  }

  flag(key: string, absent = false): boolean {
    const value = this.#take(key) ?? absent;
    if (typeof value !== "boolean") throw new NotCovered(`${key} = ${JSON.stringify(value)}`);
    return value;
  }

  text(key: string): string | undefined {
    const value = this.#take(key);
    return typeof value === "string" ? value : undefined;
  }

  /** The raw value, for lists and records. */
  value(key: string): unknown {
    return this.#take(key);
  }

  /** Accepts the key only when the test holds, and absent keys always. */
  expect(key: string, test: (value: unknown) => boolean): void {
    const value = this.#take(key);
    if (value !== undefined && value !== null && !test(value))
      throw new NotCovered(`${key} = ${JSON.stringify(value)}`);
  }

  /** Keys that repeat what the shapes or another key say, or describe in words what this adapter does anyway. */
  described(...keys: string[]): void {
    for (const key of keys) this.#take(key);
  }

  has(key: string): boolean {
    return this.#raw[key] !== undefined && this.#raw[key] !== null;
  }

  /** Keys that were never read and are set: each might change the mathematics. */
  unread(): string[] {
    return Object.keys(this.#raw).filter(
      (key) => !this.#read.has(key) && this.#raw[key] !== null && this.#raw[key] !== false,
    );
  }

  #take(key: string): unknown {
    this.#read.add(key);
    return this.#raw[key];
  }
}
