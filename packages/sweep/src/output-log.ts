import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { attemptFile, fileTail, onDisk } from "@attention-lab/results/store";

/** A log that grows beyond this is begun anew with its end: a program that prints without end must not fill the disk. */
const mostBytes = 64 * 2 ** 20;
const tailBytes = 4096;
const lookMilliseconds = 200;

/** `output.log` of an attempt: what the trial's process prints goes to `file`. */
export class OutputLog {
  readonly file: number;
  readonly #path: string;
  readonly #watch: NodeJS.Timeout;

  constructor(attempt: string) {
    this.#path = join(attempt, attemptFile.output);
    this.file = onDisk("open", this.#path, () => openSync(this.#path, "a"));
    this.#watch = setInterval(() => this.cap(mostBytes), lookMilliseconds);
  }

  /** Drops all but the end when there is more than `most`. Others may append meanwhile: what they write stays whole, as the file is open for appending. */
  cap(most: number): void {
    const { size } = fstatSync(this.file);
    if (size <= most) return;
    const end = this.tail();
    try {
      ftruncateSync(this.file, 0);
      writeSync(this.file, `[${size} bytes of output were dropped; they ended so:]\n${end}\n`);
    } catch {
      // The disk refuses; whatever matters will be refused too, and told.
    }
  }

  tail(): string {
    return fileTail(this.#path, tailBytes)?.text ?? "";
  }

  /** What was printed faster than it was looked at is capped here. */
  close(): void {
    clearInterval(this.#watch);
    this.cap(mostBytes);
    closeSync(this.file);
  }
}
