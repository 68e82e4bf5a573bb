import { closeSync, fstatSync, fsyncSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { attemptFile, onDisk, writeAll, writeAtomically } from "@attention-lab/results/store";
import { checkpointName, checkpointsIn } from "./attempt-history.ts";

/** The disk said no: not the trial's fault, and no result of it. */
export class DiskRefusal extends Error {}

/** Runs a step of keeping a trial's data; any refusal of the operating system becomes a `DiskRefusal`. */
export function writable<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw new DiskRefusal(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Appends to `measurements.jsonl` of an attempt, which may hold what the attempt inherited, and keeps checkpoints beside it. */
export class MeasurementWriter {
  readonly #attempt: string;
  readonly #file: number;

  constructor(attempt: string) {
    this.#attempt = attempt;
    const path = join(attempt, attemptFile.measurements);
    this.#file = writable(() => onDisk("open", path, () => openSync(path, "a")));
  }

  report(values: Readonly<Record<string, number>>, x?: number): void {
    const finite = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
    );
    const line = `${JSON.stringify(x === undefined ? { values: finite } : { x, values: finite })}\n`;
    writable(() => onDisk("write", this.#attempt, () => writeAll(this.#file, Buffer.from(line))));
  }

  save(checkpoint: Uint8Array): void {
    writable(() => {
      fsyncSync(this.#file);
      const measured = fstatSync(this.#file).size;
      const older = checkpointsIn(this.#attempt).filter((size) => size !== measured);
      writeAtomically(join(this.#attempt, checkpointName(measured)), checkpoint);
      for (const size of older) rmSync(join(this.#attempt, checkpointName(size)), { force: true });
    });
  }

  close(): void {
    writable(() => {
      fsyncSync(this.#file);
      closeSync(this.#file);
    });
  }
}
