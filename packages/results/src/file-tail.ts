import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** The end of a text file. */
export interface FileTail {
  readonly text: string;
  /** Bytes of the whole file. */
  readonly size: number;
}

/** Reads at most the last `bytes` bytes of a file, however long it is. Undefined when there is none. */
export function fileTail(path: string, bytes: number): FileTail | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const count = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return { text: buffer.toString("utf8", 0, count), size };
  } finally {
    closeSync(file);
  }
}

/** Text without what moves a terminal's cursor or colours it. */
export function withoutEscapes(text: string): string {
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
  return text.replaceAll(/\u001B\[[\d;?]*[A-Za-z]/g, "");
}
