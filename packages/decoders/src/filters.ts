import { invalid, positiveInteger } from "@attention-lab/tensors";
import { argmax, logSoftmax, softmax } from "./probabilities.ts";
import { descending } from "./ranking.ts";

/**
 * A filter turns a row of logits [V] into another; a removed token has the logit -Infinity. Filters are pure and leave at
 * least one token. They are applied in the order temperature, top-k, top-p, min-p, typical.
 */
export type Filter = (logits: Float32Array) => Float32Array;

/**
 * Who stays among equals at the edge: the lower ids ("first"), the higher ones ("last"), or "all" of them, so that more may stay than was
 * asked for.
 */
export type Ties = "first" | "last" | "all";

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

/**
 * Keeps the k most likely tokens (Fan et al. 2018); k above V keeps all. Of equals at the edge the lower ids stay, unless `ties` says
 * otherwise: Hugging Face keeps "all".
 */
export function topK(k: number, { ties = "first" }: { readonly ties?: Ties } = {}): Filter {
  positiveInteger("top-k", "k", k);
  return (logits) => (k >= logits.length ? logits : keepBest(logits, logits, (kept) => kept === k, ties));
}

/**
 * Keeps the smallest set of most likely tokens whose probability reaches p: the token that crosses p stays, so at least one
 * token always does (Holtzman et al. 2020, eq. 2 and 3). Of equals at the edge the lower ids stay, unless `ties` says otherwise. "last" is
 * Hugging Face's rule to the last bit: it drops from the least likely token on while the dropped probability is at most 1 - p, which costs a
 * sort of the vocabulary and keeps the higher ids.
 */
export function topP(p: number, { ties = "first" }: { readonly ties?: Ties } = {}): Filter {
  share("top-p", p);
  return (logits) => {
    if (p === 1) return logits;
    const probabilities = softmax(logits);
    if (ties === "last") return dropLeast(logits, probabilities, 1 - p);
    let mass = 0;
    return keepBest(logits, logits, (_, id) => (mass += probabilities[id] ?? 0) >= p, ties);
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

/**
 * Locally typical sampling (Meister et al. 2023, eq. 9): keeps the tokens whose surprise, -log p, is nearest to its mean, the entropy,
 * until their probability reaches `mass`. Of equals at the edge the lower ids stay, unless `ties` says otherwise: Hugging Face keeps "all".
 */
export function typical(mass: number, { ties = "first" }: { readonly ties?: Ties } = {}): Filter {
  share("typical", mass);
  return (logits) => {
    const logProbabilities = logSoftmax(logits);
    const probabilities = logProbabilities.map(Math.exp);
    const entropy = -probabilities.reduce((sum, p, id) => (p === 0 ? sum : sum + p * (logProbabilities[id] ?? 0)), 0);
    const nearness = logProbabilities.map((logProbability) => -Math.abs(-logProbability - entropy));
    let reached = 0;
    return keepBest(logits, nearness, (_, id) => (reached += probabilities[id] ?? 0) >= mass, ties);
  };
}

/** Keeps ids in descending order of value until `enough` is true of one, which stays, as do its equals where all ties stay. */
function keepBest(
  logits: Float32Array,
  values: ArrayLike<number>,
  enough: (kept: number, id: number) => boolean,
  ties: Ties,
): Float32Array {
  const ids: number[] = [];
  let edge: number | undefined;
  for (const id of descending(values, ties === "last" ? "last" : "first")) {
    if (edge !== undefined && values[id] !== edge) break;
    ids.push(id);
    if (edge !== undefined || !enough(ids.length, id)) continue;
    if (ties !== "all") break;
    edge = values[id];
  }
  return keepOnly(logits, ids);
}

/** Drops ids in ascending order of probability, the lower id first, while what is dropped is at most `mass`, and never the last one. */
function dropLeast(logits: Float32Array, probabilities: Float64Array, mass: number): Float32Array {
  const kept = logits.slice();
  let dropped = 0;
  let left = logits.length;
  for (const id of descending(logits.map((logit) => -logit))) {
    dropped += probabilities[id] ?? 0;
    left -= 1;
    if (dropped > mass || left === 0) break;
    kept[id] = -Infinity;
  }
  return kept;
}

function share(who: string, p: number): void {
  if (!(p > 0 && p <= 1)) throw invalid(who, `${who === "typical" ? "mass" : "p"} must be in (0, 1]`, p);
}

function keepOnly(logits: Float32Array, ids: Iterable<number>): Float32Array {
  const kept = new Float32Array(logits.length).fill(-Infinity);
  for (const id of ids) kept[id] = logits[id] ?? -Infinity;
  return kept;
}
