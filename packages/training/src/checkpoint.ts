import { type Variable, tensor } from "@tensorflow/tfjs-core";
import { type StoredTensor, readSafetensors, readSafetensorsMetadata, writeSafetensors } from "@attention-lab/tensors";
import type { Parameters } from "@attention-lab/nn";
import type { Adam } from "./adam.ts";

/**
 * A checkpoint is one safetensors file: parameters by their dotted names, Adam's moments under "adam.m." and "adam.v.", and in the
 * metadata the step (which alone places the data cursor and the dropout masks, both counter-based) and the run's own description.
 */
export interface CheckpointInfo {
  readonly step: number;
  /** Canonical description of the run: resuming under another one is refused. */
  readonly run: string;
}

/** Bit-exact bytes of a training run's state. */
export async function writeCheckpoint(parameters: Parameters, adam: Adam, info: CheckpointInfo): Promise<Uint8Array> {
  const entries: [string, StoredTensor][] = [];
  for (const [name, held] of statesOf(parameters, adam)) {
    entries.push([name, { dtype: "F32", shape: held.shape, values: (await held.data()) as Float32Array }]);
  }
  return writeSafetensors(entries, { format: "attention-lab-checkpoint-1", step: String(info.step), run: info.run });
}

/**
 * Restores a run from a checkpoint's bytes and returns its step.
 * Errors: one sentence for a file of another run, a missing tensor or another shape; nothing is changed then.
 */
export function readCheckpoint(bytes: Uint8Array, parameters: Parameters, adam: Adam, run: string): number {
  const metadata = readSafetensorsMetadata(bytes);
  if (metadata["format"] !== "attention-lab-checkpoint-1")
    throw new Error("checkpoint: this safetensors file is not a checkpoint of Attention Lab");
  if (metadata["run"] !== run)
    throw new Error(`checkpoint: made by another run (${metadata["run"]}), this one is ${run}`);
  const tensors = readSafetensors(bytes);
  const states = statesOf(parameters, adam);
  for (const [name, held] of states) {
    const stored = tensors.get(name);
    if (stored === undefined) throw new Error(`checkpoint: tensor "${name}" is missing`);
    if (stored.shape.join() !== held.shape.join()) {
      throw new RangeError(
        `checkpoint: tensor "${name}" must have shape [${held.shape.join()}], got [${stored.shape.join()}]`,
      );
    }
  }
  for (const [name, held] of states) {
    const restored = tensor(tensors.get(name)?.values as Float32Array, held.shape, "float32");
    held.assign(restored);
    restored.dispose();
  }
  adam.steps = Number(metadata["step"]);
  return adam.steps;
}

function statesOf(parameters: Parameters, adam: Adam): [string, Variable][] {
  const names = Object.keys(parameters);
  return [
    ...Object.entries(parameters),
    ...names.map((name, i): [string, Variable] => [`adam.m.${name}`, adam.m[i] as Variable]),
    ...names.map((name, i): [string, Variable] => [`adam.v.${name}`, adam.v[i] as Variable]),
  ];
}
