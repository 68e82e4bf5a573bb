import { invalid } from "@attention-lab/tensors";

/** What one trial is expected to take, declared from its parameters alone: the same on every machine. */
export interface TrialCost {
  /** Arithmetic operations; a multiply-add counts as two. */
  readonly operations: number;
  /** Bytes of tensors that live at the same time, at most. */
  readonly bytes: number;
  /** Calls of TensorFlow.js operations: each takes a while whatever it computes. 0 unless given. */
  readonly calls?: number;
  /** Seconds that pass on any machine, such as a pause. 0 unless given. */
  readonly seconds?: number;
}

/** How fast this machine computes, as `calibrate` measures it. */
export interface Calibration {
  /** Operations per second of attention and matrix products of middling size. */
  readonly operationsPerSecond: number;
  /** Seconds of a call that computes next to nothing. */
  readonly callSeconds: number;
  /** Seconds from the start of a process until it can compute. */
  readonly startSeconds: number;
  /** Memory that such a process holds resident before it computes. */
  readonly residentBytes: number;
}

export interface Prediction {
  readonly seconds: number;
  /** Resident memory of the trial's process. */
  readonly residentBytes: number;
}

/** A declared cost on a calibrated machine. */
export function predictedOf({ operations, bytes, calls = 0, seconds = 0 }: TrialCost, on: Calibration): Prediction {
  const computing = operations / on.operationsPerSecond + calls * on.callSeconds;
  return { seconds: on.startSeconds + seconds + computing, residentBytes: on.residentBytes + bytes };
}

/** A program's mistake in its own cost would make every plan of it nonsense. */
export function checkedCost(who: string, cost: TrialCost): TrialCost {
  for (const name of ["operations", "bytes", "calls", "seconds"] as const) {
    const value = cost[name] ?? 0;
    if (!(Number.isFinite(value) && value >= 0))
      throw invalid(who, `cost: ${name} must be a number of at least 0`, value);
  }
  return cost;
}
