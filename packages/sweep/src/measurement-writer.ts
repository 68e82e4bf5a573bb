import { closeSync, fstatSync, fsyncSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { attemptFile, errorCode, onDisk, readIfThere, writeAll, writeAtomically } from "@attention-lab/results/store";
import { invalid } from "@attention-lab/tensors";
import { checkpointName, checkpointsIn } from "./attempt-history.ts";
import { finiteOrNull, numbersByName } from "./numbers-by-name.ts";

/** The disk said no: not the trial's fault, and no result of it. */
class DiskRefusal extends Error {}

/** Runs a step of keeping a trial's data; any refusal of the operating system becomes a `DiskRefusal`. */
export function writable<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw new DiskRefusal(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** The sentence of a refusal of the disk, also of one that a program met in files of its own; undefined for any other error. */
export function refusalOf(error: unknown): string | undefined {
  if (error instanceof DiskRefusal) return error.message;
  if (!["ENOSPC", "EDQUOT", "EROFS", "EIO"].includes(errorCode(error))) return undefined;
  const path = error instanceof Error && "path" in error ? String(error.path) : "a file of its own";
  try {
    return onDisk("write", path, () => {
      throw error;
    });
  } catch (explained) {
    return explained instanceof Error ? explained.message : String(explained);
  }
}

/** Appends to `measurements.jsonl` of an attempt, which may hold what the attempt inherited, and keeps checkpoints beside it. */
export class MeasurementWriter {
  readonly #attempt: string;
  readonly #owner: string | undefined;
  readonly #file: number;
  #refusal: unknown;
  #closed = false;

  /** `owner` is what the attempt's `owner.json` must say for a checkpoint to be kept there. */
  constructor(attempt: string, owner?: string) {
    this.#attempt = attempt;
    this.#owner = owner;
    const path = join(attempt, attemptFile.measurements);
    this.#file = writable(() => onDisk("open", path, () => openSync(path, "a")));
  }

  /** What a program reports after it has ended is passed over. */
  report(values: Readonly<Record<string, number>>, x?: number): void {
    if (this.#closed) return;
    const finite = finiteOrNull(numbersByName("report", "values", values));
    if (x !== undefined && !Number.isFinite(x)) throw invalid("report", "x must be a finite number", x);
    const line = Buffer.from(`${JSON.stringify(x === undefined ? { values: finite } : { x, values: finite })}\n`);
    this.#keep(() => writeAll(this.#file, line));
  }

  save(checkpoint: Uint8Array): void {
    if (this.#closed) return;
    this.#keep(() => {
      this.#refuseForeign();
      fsyncSync(this.#file);
      const measured = fstatSync(this.#file).size;
      const older = checkpointsIn(this.#attempt).filter((size) => size !== measured);
      writeAtomically(join(this.#attempt, checkpointName(measured)), checkpoint);
      for (const size of older) rmSync(join(this.#attempt, checkpointName(size)), { force: true });
    });
  }

  /** Errors: the disk refused something, even if the program did not mind. */
  close(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
    this.#keep(() => fsyncSync(this.#file));
    this.#closed = true;
    closeSync(this.#file);
  }

  /** After a refusal, which may leave half a line, nothing is written any more: the attempt has no result, and readers pass over that half. */
  #keep(body: () => void): void {
    if (this.#refusal !== undefined) throw this.#refusal;
    try {
      writable(() => onDisk("write", join(this.#attempt, attemptFile.measurements), body));
    } catch (error) {
      this.#refusal = error;
      throw error;
    }
  }

  /** When the folder was deleted and another runner made one of the same number, our checkpoint would be taken for theirs. */
  #refuseForeign(): void {
    if (this.#owner === undefined || readIfThere(join(this.#attempt, attemptFile.owner)) === this.#owner) return;
    throw new Error(`study: ${this.#attempt} was deleted while the trial ran`);
  }
}
