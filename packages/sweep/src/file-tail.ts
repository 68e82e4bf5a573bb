import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** The last `bytes` bytes of a file as text; "" when there is none. */
export function fileTail(path: string, bytes: number): string {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(file);
    const read = Buffer.alloc(Math.min(size, bytes));
    const count = readSync(file, read, 0, read.length, size - read.length);
    return read.toString("utf8", 0, count);
  } finally {
    closeSync(file);
  }
}
