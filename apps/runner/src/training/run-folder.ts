import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { EventFile } from "@attention-lab/event-files";
import { onDisk, writeAtomically } from "@attention-lab/results/store";
import { describeDifference } from "@attention-lab/training";
import type { Run } from "./run.ts";

export const checkpointName = "checkpoint.safetensors";
export const bestName = "best.safetensors";
const metricsName = "metrics.jsonl";
const who = "train";

/**
 * Files of a training run: `run.json`, `checkpoint.safetensors`, `best.safetensors`, `metrics.jsonl`, TensorBoard's event files, and `sample.txt`.
 * The checkpoint alone decides where a run continues: it carries its run, and the others can be made again.
 */
export class RunFolder {
  readonly folder: string;
  #events: EventFile | undefined;

  /** Begins or continues a folder. Errors: a folder of another run, or one that cannot be written. */
  constructor(folder: string, run: Run) {
    this.folder = folder;
    const text = `${JSON.stringify(run, undefined, 2)}\n`;
    const file = join(folder, "run.json");
    onDisk("make", folder, () => mkdirSync(folder, { recursive: true }), who);
    if (!existsSync(file)) writeAtomically(file, text, who);
    const held = readFileSync(file, "utf8");
    if (held !== text) {
      throw new Error(
        `train: ${folder} holds another run (${describeDifference(held, text)}): choose another --out, or the options it was begun with`,
      );
    }
    // A process that was killed while it wrote leaves its draft.
    for (const name of readdirSync(folder)) if (name.endsWith(".draft")) rmSync(join(folder, name), { force: true });
  }

  get checkpoint(): Uint8Array | undefined {
    const file = join(this.folder, checkpointName);
    return existsSync(file) ? onDisk("read", file, () => readFileSync(file), who) : undefined;
  }

  /** A crash leaves the old file or the new one, never half of one. */
  replace(name: string, contents: string | Uint8Array): void {
    writeAtomically(join(this.folder, name), contents, who);
  }

  /** Takes back what was told of steps after `done`, which will be told again, and opens the files for more. */
  resume(done: number): void {
    const file = join(this.folder, metricsName);
    if (existsSync(file)) {
      const lines = readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => stepOf(line) <= done);
      writeAtomically(file, lines.map((line) => `${line}\n`).join(""), who);
    }
    this.#events = onDisk(
      "write",
      this.folder,
      () => new EventFile({ folder: this.folder, firstStep: done && done + 1 }),
      who,
    );
  }

  /** One line of metrics.jsonl, and the same numbers for TensorBoard under `kind/`. */
  tell(
    kind: "train" | "validation",
    { step, ...values }: { readonly step: number } & Readonly<Record<string, number>>,
  ): void {
    const file = join(this.folder, metricsName);
    onDisk("write", file, () => append(file, `${JSON.stringify({ kind, step, ...values })}\n`), who);
    const scalars = Object.fromEntries(Object.entries(values).map(([name, value]) => [`${kind}/${name}`, value]));
    onDisk("write", this.folder, () => this.#events?.scalars(step, scalars), who);
  }

  close(): void {
    this.#events?.close();
  }
}

function append(file: string, line: string): void {
  const handle = openSync(file, "a");
  try {
    writeSync(handle, line);
  } finally {
    closeSync(handle);
  }
}

/** The step of a metrics line; a torn one, the end of a process that was killed, belongs to no step. */
function stepOf(line: string): number {
  try {
    return (JSON.parse(line) as { step?: number }).step ?? Infinity;
  } catch {
    return Infinity;
  }
}
