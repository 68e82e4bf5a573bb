import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode, onDisk, syncFolder, writeAll } from "./disk.ts";
import { LogRecord } from "./schema.ts";

const NEWLINE = 10;

/** What a log file holds: its records, and how many of its bytes they fill (a torn last line lies behind them). */
export interface LogContents {
  readonly records: LogRecord[];
  readonly bytes: number;
}

/**
 * Reads a log. A record counts once its newline is there: what follows the last newline is the torn end of a write that
 * was killed, and is passed over.
 *
 * @throws Error naming the line, when a whole line is not a record of this format.
 */
export function readLog(path: string): LogContents {
  const content = readIfThere(path);
  const bytes = content.lastIndexOf(NEWLINE) + 1;
  const lines = content.toString("utf8", 0, bytes).split("\n").slice(0, -1);
  return { records: lines.map((line, index) => parseLine(path, line, index + 1)), bytes };
}

function readIfThere(path: string): Buffer {
  try {
    return onDisk("read", path, () => readFileSync(path));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

function parseLine(path: string, line: string, number: number): LogRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`results log: line ${number} of ${path} is not JSON, got ${JSON.stringify(line.slice(0, 60))}`);
  }
  const parsed = LogRecord.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue && issue.path.length > 0 ? ` (${issue.path.join(".")}: ${issue.message})` : "";
  throw new Error(`results log: line ${number} of ${path} is not a record of this format${where}`);
}

/** The writing end of a log: every record is one line, on the disk (fsync) before `append` returns. */
export class LogWriter {
  readonly #path: string;
  readonly #file: number;
  #bytes: number;

  /** Opens or begins the log and cuts off a torn last line. */
  constructor(path: string) {
    this.#path = path;
    this.#bytes = readLog(path).bytes;
    this.#file = onDisk("open", path, () => openSync(path, "a"));
    onDisk("repair", path, () => {
      ftruncateSync(this.#file, this.#bytes);
      fsyncSync(this.#file);
      syncFolder(dirname(path));
    });
  }

  append(record: LogRecord): void {
    const line = Buffer.from(`${JSON.stringify(LogRecord.parse(record))}\n`);
    if (fstatSync(this.#file).nlink === 0)
      throw new Error(`results log: ${this.#path} was deleted while it was written to; run again to measure anew`);
    onDisk("write", this.#path, () => {
      try {
        writeAll(this.#file, line);
        fsyncSync(this.#file);
      } catch (error) {
        // Half a line must not stay before a later, successful one.
        ftruncateSync(this.#file, this.#bytes);
        throw error;
      }
    });
    this.#bytes += line.length;
  }

  close(): void {
    closeSync(this.#file);
  }
}
