import { fileTail, withoutEscapes } from "@attention-lab/results";

/** The end of a text file. */
export interface LogTail {
  readonly lines: readonly string[];
  /** Of the whole file. */
  readonly size: number;
  /** Whether there is more before the lines. */
  readonly isCut: boolean;
}

/** Reads the end of a log and no more, however long it is. Undefined when there is none. */
export function logTail(path: string, { lines = 200, bytes = 16_384 } = {}): LogTail | undefined {
  const tail = fileTail(path, bytes);
  if (tail === undefined) return undefined;
  const { text, size } = tail;
  const hasMore = size > bytes;
  const all = withoutEscapes(text).split("\n");
  if (all.at(-1) === "") all.pop();
  // The first line begins before what was read; of a line that was written over, the last word counts.
  const whole = (hasMore ? all.slice(1) : all).map((line) => line.replace(/\r$/, "").replace(/^.*\r/s, ""));
  return { lines: whole.slice(-lines), size, isCut: hasMore || whole.length > lines };
}
