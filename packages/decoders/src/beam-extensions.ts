import { checkLogits } from "./check.ts";
import type { HistoryFilter } from "./history-filters.ts";
import { logSoftmax } from "./probabilities.ts";
import { largest } from "./ranking.ts";

/** A live hypothesis: its ids, prompt included, and the place among the rows of the step before from which it goes on. */
export interface Beam {
  readonly ids: readonly number[];
  readonly logProbability: number;
  readonly from: number;
}

export interface ScoreOptions {
  /** Applied in order, with the ids so far, prompt included. */
  readonly filters?: readonly HistoryFilter[];
  /**
   * What filters see. "logProbabilities" (the default; Hugging Face and fairseq): a removed token's probability is lost, and the others'
   * stay the model's own. "logits": the tokens that are left share it, as they do in sampling.
   */
  readonly filtersOn?: "logProbabilities" | "logits";
}

/** The `count` likeliest hypotheses that are one id longer, best first: float64 sums on the host. `from` is a place in `live`. */
export function bestExtensions(
  live: readonly Beam[],
  logits: readonly Float32Array[],
  count: number,
  vocabulary: number,
  options: ScoreOptions,
): Beam[] {
  const extensions = live.flatMap(({ ids, logProbability }, from) => {
    const row = logits[from] ?? new Float32Array();
    checkLogits("beam search", row, vocabulary);
    const scores = scoresOf(row, ids, options);
    return largest(scores, count).flatMap((id) => {
      const sum = logProbability + (scores[id] ?? -Infinity);
      return sum === -Infinity ? [] : [{ parent: ids, id, logProbability: sum, from }];
    });
  });
  return extensions
    .sort((a, b) => b.logProbability - a.logProbability) // a stable sort of a few per beam
    .slice(0, count)
    .map(({ parent, id, logProbability, from }) => ({ ids: [...parent, id], logProbability, from }));
}

function scoresOf(
  logits: Float32Array,
  ids: readonly number[],
  { filters = [], filtersOn = "logProbabilities" }: ScoreOptions,
): ArrayLike<number> {
  const filtered = (row: Float32Array) => filters.reduce((kept, filter) => filter(kept, ids), row);
  if (filters.length === 0) return logSoftmax(logits);
  if (filtersOn === "logProbabilities") return filtered(Float32Array.from(logSoftmax(logits)));
  const left = filtered(logits);
  return left.every((logit) => logit === -Infinity) ? left : logSoftmax(left);
}
