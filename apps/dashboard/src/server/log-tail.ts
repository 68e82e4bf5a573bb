import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** The end of a text file. */
export interface LogTail {
  readonly lines: readonly string[];
  /** Of the whole file. */
  readonly size: number;
  /** Whether there is more before the lines. */
  readonly isCut: boolean;
}

/** Escape sequences of a terminal, such as colours. */
// oxlint-disable-next-line no-control-regex -- they begin with a control character
const escapes = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** Reads the end of a log and no more, however long it is. Undefined when there is none. */
export function logTail(path: string, { lines = 200, bytes = 16_384 } = {}): LogTail | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(file);
    const from = Math.max(0, size - bytes);
    const buffer = Buffer.alloc(size - from);
    const read = readSync(file, buffer, 0, buffer.length, from);
    const all = buffer.toString("utf8", 0, read).replaceAll(escapes, "").split("\n");
    if (all.at(-1) === "") all.pop();
    // The first line begins before what was read; of a line that was written over, the last word counts.
    const whole = (from > 0 ? all.slice(1) : all).map((line) => line.replace(/\r$/, "").replace(/^.*\r/s, ""));
    return { lines: whole.slice(-lines), size, isCut: from > 0 || whole.length > lines };
  } finally {
    closeSync(file);
  }
}
