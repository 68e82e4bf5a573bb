/** A terminal of one width, as far as a block needs one: lines that wrap, the cursor up, and erasing what is below. Styles are ignored. */
export class Screen {
  readonly isTTY = true;
  readonly rows: number;
  columns: number;
  #lines: string[] = [""];
  #row = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): boolean {
    // oxlint-disable-next-line no-control-regex -- a terminal obeys control characters
    for (const [part] of text.matchAll(/\u001B\[[\d;]*[A-Za-z]|[\r\n]|[^\r\n\u001B]+/g)) this.#obey(part);
    return true;
  }

  /** What stands there, from the first line ever written; empty ends cut off. */
  get text(): string[] {
    return this.#lines.join("\n").trimEnd().split("\n");
  }

  #obey(part: string): void {
    // oxlint-disable-next-line no-control-regex -- a terminal obeys control characters
    const [, count = "", command] = /^\u001B\[([\d;]*)([A-Za-z])$/.exec(part) ?? [];
    if (command === "A") this.#row = Math.max(0, this.#row - Number(count));
    else if (command === "J") this.#lines = [...this.#lines.slice(0, this.#row), ""];
    else if (command === "m" || part === "\r") return;
    else if (command !== undefined) throw new Error(`an unexpected command ${command}`);
    else if (part === "\n") this.#lines[++this.#row] ??= "";
    else this.#put(part);
  }

  #put(text: string): void {
    this.#lines[this.#row] = text.slice(0, this.columns);
    for (let rest = text.slice(this.columns); rest !== ""; rest = rest.slice(this.columns)) {
      this.#lines[++this.#row] = rest.slice(0, this.columns);
    }
  }
}
