import { invalid, positiveInteger } from "@attention-lab/tensors";
import { argmax, ranking, softmax } from "./probabilities.ts";

/**
 * A filter turns a row of logits [V] into another; a removed token has the logit -Infinity. Filters are pure and leave at
 * least one token. They are applied in the order temperature, top-k, top-p, min-p.
 */
export type Filter = (logits: Float32Array) => Float32Array;

/** Logits divided by the temperature; 0 keeps the most likely token alone, the lower id among equals. */
export function temperature(value: number): Filter {
  if (!(value >= 0 && value < Infinity))
    throw invalid("temperature", "value must be a finite number of at least 0", value);
  if (value === 0) return (logits) => keepOnly(logits, [argmax(logits)]);
  return (logits) => {
    const top = logits[argmax(logits)] ?? 0;
    // A tiny temperature would overflow float32; probabilities do not change when every logit is lowered by the maximum.
    const shift = Number.isFinite(Math.fround(top / value)) ? 0 : top;
    return logits.map((logit) => (logit - shift) / value);
  };
}

/** Keeps the k most likely tokens; of equals at the edge, those with the lower ids. k above V keeps all (Fan et al. 2018). */
export function topK(k: number): Filter {
  positiveInteger("top-k", "k", k);
  return (logits) => (k >= logits.length ? logits : keepOnly(logits, ranking(logits).subarray(0, k)));
}

/**
 * Keeps the smallest set of most likely tokens whose probability reaches p: the token that crosses p stays, so at least one
 * token always does (Holtzman et al. 2020, eq. 2 and 3). Of equals at the edge, those with the lower ids stay.
 */
export function topP(p: number): Filter {
  if (!(p >= 0 && p <= 1)) throw invalid("top-p", "p must be in [0, 1]", p);
  return (logits) => {
    if (p === 1) return logits;
    const probabilities = softmax(logits);
    const ranked = ranking(logits);
    let kept = 0;
    let mass = 0;
    do {
      mass += probabilities[ranked[kept] ?? 0] ?? 0;
      kept += 1;
    } while (mass < p && kept < ranked.length);
    return keepOnly(logits, ranked.subarray(0, kept));
  };
}

/** Keeps tokens of at least p times the largest probability (Nguyen et al. 2024). */
export function minP(p: number): Filter {
  if (!(p >= 0 && p <= 1)) throw invalid("min-p", "p must be in [0, 1]", p);
  return (logits) => {
    const probabilities = softmax(logits);
    const least = p * (probabilities[argmax(logits)] ?? 0);
    return logits.map((logit, id) => ((probabilities[id] ?? 0) < least ? -Infinity : logit));
  };
}

function keepOnly(logits: Float32Array, ids: Iterable<number>): Float32Array {
  const kept = new Float32Array(logits.length).fill(-Infinity);
  for (const id of ids) kept[id] = logits[id] ?? -Infinity;
  return kept;
}
