import { add, expandDims, mul, stack, sub, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import { scope } from "@attention-lab/tensors";
import type { CellState, RecurrentCell } from "./recurrent-cell.ts";
import { timeSteps } from "./time-steps.ts";

/** One time step's rows [B,1]: 1 where the sequence goes on, and 1 where it has ended. */
export interface StepMask {
  readonly real: Tensor2D;
  readonly padded: Tensor2D;
}

/** Padding [B,N] as one mask for each time step. */
export function stepMasks(padding: Tensor2D): StepMask[] {
  const real = expandDims(padding, 2) as Tensor3D; // [B,N,1]
  const padded = timeSteps(sub(1, real) as Tensor3D);
  return timeSteps(real).map((each, t) => ({ real: each, padded: padded[t] as Tensor2D }));
}

export interface Run {
  readonly outputs: Tensor3D; // [B,N,S], 0 where the sequence has ended
  readonly state: CellState;
}

/**
 * A cell along a sequence x [B,N,I], from its first position to its last or from its last to its first. Where a mask says that a row has
 * ended the state stays as it is; so the way back, which meets padding first, begins at each row's own end.
 */
export function runCell(
  cell: RecurrentCell,
  x: Tensor3D,
  initial: CellState,
  { reversed, masks }: { readonly reversed: boolean; readonly masks: readonly StepMask[] | undefined },
): Run {
  const inputs = timeSteps(cell.projectInputs(x) as Tensor3D); // N of [B,G*S]
  const outputs: Tensor2D[] = [];
  let state = initial;
  for (let step = 0; step < inputs.length; step++) {
    const t = reversed ? inputs.length - 1 - step : step;
    const mask = masks?.[t];
    const next = cell.advance(inputs[t] as Tensor2D, state);
    const { output, after } = mask === undefined ? { output: next.hidden, after: next } : frozen(mask, state, next);
    outputs[t] = output;
    state = after;
  }
  return { outputs: stack(outputs, 1) as Tensor3D, state };
}

/** Exact where a mask is 0 or 1: real * next + padded * before. */
function frozen({ real, padded }: StepMask, before: CellState, next: CellState) {
  return scope("frozen", () => {
    const output = mul(next.hidden, real) as Tensor2D;
    const hidden = add(output, mul(before.hidden, padded)) as Tensor2D;
    if (next.cell === undefined || before.cell === undefined) return { output, after: { hidden } };
    return { output, after: { hidden, cell: add(mul(next.cell, real), mul(before.cell, padded)) as Tensor2D } };
  });
}
