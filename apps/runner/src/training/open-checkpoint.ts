import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { onDisk } from "@attention-lab/results/store";
import { readCheckpointInfo, readParameters } from "@attention-lab/training";
import { makeSystem } from "./prepare.ts";
import { checkpointName } from "./run-folder.ts";
import type { Run } from "./run.ts";
import type { System, SystemOptions } from "./system.ts";

export interface Checkpoint {
  readonly file: string;
  readonly step: number;
  readonly run: Run;
  /** Builds the trained model; options may change what it was trained with. */
  build(options?: SystemOptions, change?: (run: Run) => Run): System;
}

/** Opens a checkpoint file, or the one in a folder. Errors: one sentence for what is missing, cut short or of something else. */
export function openCheckpoint(path: string): Checkpoint {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, checkpointName) : path;
  if (!existsSync(file)) throw new RangeError(`${path}: there is no checkpoint`);
  const bytes = told(file, () => onDisk("read", file, () => readFileSync(file), "checkpoint"));
  const { run: description, step } = told(file, () => readCheckpointInfo(bytes));
  const run = JSON.parse(description) as Run;
  if (typeof run.task !== "object") {
    throw new Error(`${file}: an imported model has no task, so it can only be used from code (modelFromConfig)`);
  }
  return {
    file,
    step,
    run,
    build: (options = {}, change = (same) => same) => {
      const system = makeSystem(change(run), options);
      told(file, () => readParameters(bytes, system.parameters()));
      return system;
    },
  };
}

/** A checkpoint's own sentences do not know where it lies. */
function told<T>(file: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
