import { invalid } from "@attention-lab/tensors";

/** A sentence as tokens: words or ids. */
export type Sentence = readonly (string | number)[];

export interface Bleu {
  /** From 0 to 1; publications print it times 100. */
  readonly score: number;
  /** Matched share of 1-grams, 2-grams, ... over the corpus. */
  readonly precisions: readonly number[];
  /** exp(1 - reference length / hypothesis length), at most 1. */
  readonly brevityPenalty: number;
}

/**
 * Corpus BLEU (Papineni et al. 2002): the geometric mean of the clipped n-gram precisions, times the brevity penalty, both summed over the corpus.
 * Each hypothesis has one reference or several; the reference length is that of the closest one, the shorter of two equally close. No smoothing: a
 * precision of 0 gives a score of 0, as does a corpus without n-grams of the longest order.
 *
 * @throws RangeError if hypotheses and references differ in number or there are none.
 */
export function bleu(
  hypotheses: readonly Sentence[],
  references: readonly (readonly Sentence[])[],
  { longest = 4 }: { readonly longest?: number } = {},
): Bleu {
  if (hypotheses.length === 0 || hypotheses.length !== references.length) {
    throw invalid(
      "bleu",
      `there must be references for each of the ${hypotheses.length} hypotheses`,
      references.length,
    );
  }
  const orders = Array.from({ length: longest }, (_, order) => order + 1);
  const matched = orders.map(() => 0);
  const total = orders.map(() => 0);
  let hypothesisLength = 0;
  let referenceLength = 0;
  for (const [index, hypothesis] of hypotheses.entries()) {
    const own = references[index] ?? [];
    if (own.length === 0) throw invalid("bleu", "every hypothesis must have a reference", own);
    hypothesisLength += hypothesis.length;
    referenceLength += closest(hypothesis.length, own);
    for (const n of orders) {
      const allowed = own.map((reference) => grams(reference, n));
      for (const [gram, count] of grams(hypothesis, n)) {
        const most = Math.max(...allowed.map((counts) => counts.get(gram) ?? 0));
        matched[n - 1] = (matched[n - 1] ?? 0) + Math.min(count, most);
        total[n - 1] = (total[n - 1] ?? 0) + count;
      }
    }
  }
  const precisions = matched.map((hits, order) => (total[order] === 0 ? 0 : hits / (total[order] ?? 1)));
  const brevityPenalty = hypothesisLength === 0 ? 0 : Math.min(1, Math.exp(1 - referenceLength / hypothesisLength));
  const meanLog = precisions.reduce((sum, precision) => sum + Math.log(precision), 0) / longest;
  return { score: brevityPenalty * Math.exp(meanLog), precisions, brevityPenalty };
}

function closest(length: number, references: readonly Sentence[]): number {
  const lengths = references.map((reference) => reference.length);
  return lengths.reduce((best, other) => {
    const [near, nearest] = [Math.abs(other - length), Math.abs(best - length)];
    return near < nearest || (near === nearest && other < best) ? other : best;
  });
}

function grams(sentence: Sentence, n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + n <= sentence.length; start++) {
    const gram = JSON.stringify(sentence.slice(start, start + n));
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}
