import { wantsColour } from "../output.ts";
import { clipped, displayWidth, plainLine } from "./display-width.ts";

export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** A line of a block. Never colour alone: the words say the same. */
export interface BlockLine {
  readonly text: string;
  readonly style?: keyof typeof styles;
}

const styles = { bold: "1", dim: "2", red: "31" } as const;
const usualSize = { columns: 80, rows: 24 };

/** A few lines on a terminal that are written over in place. Whatever else is to be seen goes through `note`, above them. */
export class LiveBlock {
  readonly #stream: TerminalStream;
  /** Widths of the lines that stand there now. */
  #drawn: readonly number[] = [];

  constructor(stream: TerminalStream) {
    this.#stream = stream;
  }

  get columns(): number {
    return this.#stream.columns || usualSize.columns;
  }

  /** Lines that a block may have: the one below it is the cursor's. */
  get rows(): number {
    return (this.#stream.rows || usualSize.rows) - 1;
  }

  draw(lines: readonly BlockLine[]): void {
    // The last column stays free: some terminals wrap when it is written.
    const fitting = lines.slice(0, this.rows).map(({ text, ...rest }) => ({
      ...rest,
      text: clipped(plainLine(text), this.columns - 1),
    }));
    const painted = fitting.map((line) => `${this.#painted(line)}\n`).join("");
    // One write: a terminal that shows every write would flicker otherwise.
    this.#stream.write(`${this.#erased()}${painted}`);
    this.#drawn = fitting.map(({ text }) => displayWidth(text));
  }

  /** A line that stays, above the block. */
  note(text: string, lines: readonly BlockLine[] = []): void {
    this.#stream.write(`${this.#erased()}${plainLine(text)}\n`);
    this.#drawn = [];
    if (lines.length > 0) this.draw(lines);
  }

  clear(): void {
    if (this.#drawn.length > 0) this.#stream.write(this.#erased());
    this.#drawn = [];
  }

  /** To the block's beginning, and all below erased. A terminal that became narrower has wrapped the lines that were longer. */
  #erased(): string {
    const rows = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / this.columns)), 0);
    return `\r${rows === 0 ? "" : `\u001B[${rows}A`}\u001B[0J`;
  }

  #painted({ text, style }: BlockLine): string {
    return style === undefined || !wantsColour(this.#stream) ? text : `\u001B[${styles[style]}m${text}\u001B[0m`;
  }
}
