import { clipped, plainLine } from "./terminal/display-width.ts";
import type { TerminalStream } from "./terminal/live-block.ts";

const plainEverySeconds = 5;

/** Shows how far work is: one line that is written over on a terminal, a plain line now and then elsewhere. */
export class StatusLine {
  readonly #stream: TerminalStream;
  #lastPlain = -Infinity;
  #stage = "";
  #shown = false;

  constructor(stream: TerminalStream) {
    this.#stream = stream;
  }

  /** Elsewhere than on a terminal, a line of a new stage is written at once. */
  show(text: string, stage = ""): void {
    if (this.#stream.isTTY === true) {
      this.#stream.write(`\r\u001B[2K${clipped(plainLine(text), (this.#stream.columns || 80) - 1)}`);
      this.#shown = true;
      return;
    }
    const now = performance.now() / 1000;
    if (now - this.#lastPlain < plainEverySeconds && stage === this.#stage) return;
    this.#lastPlain = now;
    this.#stage = stage;
    this.#stream.write(`${text}\n`);
  }

  /** A line that stays, such as a failure. */
  note(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.#shown) this.#stream.write("\r\u001B[2K");
    this.#shown = false;
  }
}
