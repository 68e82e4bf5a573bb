import { type Variable, tensor } from "@tensorflow/tfjs-core";
import { type StoredTensor, readSafetensors, readSafetensorsMetadata, writeSafetensors } from "@attention-lab/tensors";
import type { Parameters } from "@attention-lab/nn";
import { describeDifference } from "./difference.ts";
import { onceEach } from "./once-each.ts";
import type { Optimizer } from "./optimizer.ts";

const format = "attention-lab-checkpoint-2";

/** What early stopping has to remember. */
export interface Progress {
  /** The lowest validation loss so far and its step. */
  readonly best?: { readonly step: number; readonly loss: number };
}

/**
 * A checkpoint is one safetensors file: parameters by their dotted names, the optimiser's state under "optimizer.m." and so on, and in the metadata
 * the step (which alone places the data cursor and the dropout masks, both counter-based) and the run's own description.
 */
export interface CheckpointInfo {
  readonly step: number;
  /** Description of the run: resuming under another one is refused. Canonical JSON lets the refusal name the difference. */
  readonly run: string;
  readonly progress: Progress;
}

/** Bit-exact bytes of a training run's state. Errors: one sentence if a parameter is not finite. */
export async function writeCheckpoint(
  parameters: Parameters,
  optimizer: Optimizer,
  { step, run, progress }: CheckpointInfo,
): Promise<Uint8Array> {
  const entries: [string, StoredTensor][] = [];
  for (const [name, held] of statesOf(parameters, optimizer)) {
    const values = (await held.data()) as Float32Array;
    if (!values.every(Number.isFinite)) {
      throw new Error(`checkpoint: "${name}" must be finite after step ${step}, got a value that is not`);
    }
    entries.push([name, { dtype: "F32", shape: held.shape, values }]);
  }
  const { name: by } = optimizer;
  return writeSafetensors(entries, {
    format,
    step: String(step),
    optimizer: by,
    run,
    progress: JSON.stringify(progress),
  });
}

/** What a checkpoint says of itself. Errors: one sentence for a file that is cut short, damaged or no checkpoint. */
export function readCheckpointInfo(bytes: Uint8Array): CheckpointInfo {
  const metadata = whole(() => readSafetensorsMetadata(bytes));
  const { run, step, progress } = metadata;
  if (metadata["format"] !== format || run === undefined || !/^\d+$/.test(step ?? "")) {
    throw new Error(
      "checkpoint: this safetensors file is not a checkpoint of Attention Lab, or one of another version",
    );
  }
  return { run, step: Number(step), progress: JSON.parse(progress ?? "{}") as Progress };
}

/**
 * Restores a run from a checkpoint's bytes.
 * Errors: one sentence for a file of another run, one that is cut short, a missing tensor or another shape; nothing is changed then.
 */
export function readCheckpoint(
  bytes: Uint8Array,
  parameters: Parameters,
  optimizer: Optimizer,
  run: string,
): CheckpointInfo {
  const info = readCheckpointInfo(bytes);
  if (info.run !== run) throw new Error(`checkpoint: made by another run (${describeDifference(info.run, run)})`);
  assign(bytes, statesOf(parameters, optimizer), () => true);
  optimizer.steps = info.step;
  return info;
}

/** Restores the parameters alone, to use a trained model. Errors: as `readCheckpoint`'s, for a checkpoint of another model. */
export function readParameters(bytes: Uint8Array, parameters: Parameters): CheckpointInfo {
  const info = readCheckpointInfo(bytes);
  assign(bytes, Object.entries(onceEach(parameters)), (name) => !name.startsWith("optimizer."));
  return info;
}

/** All or nothing: every tensor that counts has its variable and every variable its tensor, or no variable is changed. */
function assign(bytes: Uint8Array, states: readonly [string, Variable][], counts: (name: string) => boolean): void {
  const stored = whole(() => readSafetensors(bytes));
  const known = new Set(states.map(([name]) => name));
  const foreign = [...stored.keys()].find((name) => counts(name) && !known.has(name));
  if (foreign !== undefined) throw new Error(`checkpoint: made by another model, this one has no tensor "${foreign}"`);
  const pairs = states.map(([name, held]): [Variable, StoredTensor] => {
    const found = stored.get(name);
    if (found === undefined) throw new Error(`checkpoint: made by another model, its tensor "${name}" is missing`);
    if (found.shape.join() !== held.shape.join()) {
      const [want, got] = [held.shape.join(), found.shape.join()];
      throw new RangeError(`checkpoint: tensor "${name}" must have shape [${want}], got [${got}]`);
    }
    return [held, found];
  });
  for (const [held, { values }] of pairs) {
    const restored = tensor(values as Float32Array, held.shape, "float32");
    held.assign(restored);
    restored.dispose();
  }
}

/** The reader's own sentence says where the file breaks off. */
function whole<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`checkpoint: the file is cut short or damaged (${why})`, { cause: error });
  }
}

function statesOf(parameters: Parameters, { slots }: Optimizer): [string, Variable][] {
  const names = Object.keys(parameters);
  const ofSlot = ([slot, held]: readonly [string, readonly Variable[]]) =>
    names.map((name, i): [string, Variable] => [`optimizer.${slot}.${name}`, held[i] as Variable]);
  return [...Object.entries(parameters), ...Object.entries(slots).flatMap(ofSlot)];
}
