import { invalid, positiveInteger } from "@attention-lab/tensors";

/** A filter that looks at the ids so far, prompt included. Applied to the logits before the strategy chooses. */
export type HistoryFilter = (logits: Float32Array, ids: readonly number[]) => Float32Array;

/** Divides positive logits of ids that occurred by the penalty and multiplies negative ones (Keskar et al. 2019, section 4.1). */
export function repetitionPenalty(penalty: number): HistoryFilter {
  if (!(penalty > 0 && penalty < Infinity)) {
    throw invalid("repetition penalty", "penalty must be a finite number above 0", penalty);
  }
  return (logits, ids) => {
    const penalised = logits.slice();
    for (const id of new Set(ids)) {
      const logit = logits[id] ?? 0;
      penalised[id] = logit > 0 ? logit / penalty : logit * penalty;
    }
    return penalised;
  };
}

/** Removes the stop ids while the sequence is shorter than `length`. */
export function minLength(length: number, stop: readonly number[]): HistoryFilter {
  positiveInteger("min length", "length", length);
  return (logits, ids) => (ids.length < length ? without(logits, stop) : logits);
}

/** Removes ids that would complete a run of `size` ids which occurred before (Paulus et al. 2018, section 2.5). */
export function noRepeatedRun(size: number): HistoryFilter {
  positiveInteger("no repeated run", "size", size);
  return (logits, ids) => {
    const open = ids.length - size + 1;
    if (open < 0) return logits;
    const starts = Array.from({ length: open }, (_, start) => start);
    const repeats = starts.filter((start) => ids.slice(open).every((id, offset) => ids[start + offset] === id));
    return without(
      logits,
      repeats.map((start) => ids[start + size - 1] ?? 0),
    );
  };
}

function without(logits: Float32Array, ids: readonly number[]): Float32Array {
  const kept = logits.slice();
  for (const id of ids) kept[id] = -Infinity;
  return kept;
}
