import { invalid } from "@attention-lab/tensors";
import type { Vocabulary } from "./vocabulary.ts";

/** Two tokens that become one; merge number i makes token 256 + i. */
export type Merge = readonly [left: number, right: number];

/** A byte-pair vocabulary: tokens 0 to 255 are the bytes. Store `merges` to have it again. */
export interface BytePairVocabulary extends Vocabulary {
  readonly name: "byte-pair";
  readonly merges: readonly Merge[];
}

/** Words with the space before them, numbers, runs of other signs, and white space: merges never cross their borders (as in GPT-2). */
const pieces = / ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/**
 * The vocabulary of given merges (Sennrich et al. 2016, on bytes as in Radford et al. 2019). Any text can be encoded, and decoding gives it back.
 *
 * @throws RangeError for a merge of tokens that are not there yet.
 */
export function bytePairVocabulary(merges: readonly Merge[]): BytePairVocabulary {
  const spelling: (readonly number[])[] = Array.from({ length: 256 }, (_, byte) => [byte]);
  const ranks = new Map<number, number>();
  for (const [rank, [left, right]] of merges.entries()) {
    const [before, after] = [spelling[left], spelling[right]];
    if (before === undefined || after === undefined) {
      throw invalid("byte-pair vocabulary", `merge ${rank} must be of tokens below ${256 + rank}`, [left, right]);
    }
    spelling.push([...before, ...after]);
    ranks.set(pairKey(left, right), rank);
  }
  const known = new Map<string, readonly number[]>();
  const encodePiece = (piece: string): readonly number[] => {
    const cached = known.get(piece);
    if (cached !== undefined) return cached;
    let tokens = bytesOf(piece);
    for (;;) {
      const best = Math.min(
        ...tokens.slice(1).map((right, i) => ranks.get(pairKey(tokens[i] ?? 0, right)) ?? Infinity),
      );
      const merge = merges[best];
      if (merge === undefined) break;
      tokens = mergePairs(tokens, merge, 256 + best);
    }
    known.set(piece, tokens);
    return tokens;
  };
  return {
    name: "byte-pair",
    size: 256 + merges.length,
    merges,
    encode: (text) => (text.match(pieces) ?? []).flatMap(encodePiece),
    decode: (tokens) =>
      new TextDecoder().decode(Uint8Array.from([...tokens].flatMap((token) => spelling[token] ?? []))),
  };
}

/**
 * Learns merges on a text: again and again the pair of neighbouring tokens that occurs most often becomes a token, until there are `size` tokens
 * or no pair occurs twice. Of equally frequent pairs the one with the lower ids comes first, so the same text gives the same vocabulary anywhere.
 *
 * @throws RangeError for a size below 256.
 */
export function trainBytePairs(text: string, { size }: { readonly size: number }): BytePairVocabulary {
  if (!Number.isSafeInteger(size) || size < 256)
    throw invalid("byte-pair vocabulary", "size must be an integer of at least 256", size);
  const frequency = new Map<string, number>();
  for (const piece of text.match(pieces) ?? []) frequency.set(piece, (frequency.get(piece) ?? 0) + 1);
  const words = Array.from(frequency, ([piece, count]) => ({ tokens: bytesOf(piece), count }));
  const counts = new Map<number, number>();
  const holders = new Map<number, Set<number>>();
  const tally = (index: number, sign: 1 | -1) => {
    const { tokens, count } = words[index] ?? { tokens: [], count: 0 };
    for (const [i, right] of tokens.slice(1).entries()) {
      const key = pairKey(tokens[i] ?? 0, right);
      const total = (counts.get(key) ?? 0) + sign * count;
      if (total === 0) counts.delete(key);
      else counts.set(key, total);
      if (sign === 1) holders.set(key, (holders.get(key) ?? new Set()).add(index));
    }
  };
  for (const index of words.keys()) tally(index, 1);
  const merges: Merge[] = [];
  while (256 + merges.length < size) {
    const key = mostFrequent(counts);
    if (key === undefined) break;
    const merge: Merge = [Math.floor(key / pairBase), key % pairBase];
    for (const index of holders.get(key) ?? []) {
      const word = words[index];
      if (word === undefined) continue;
      tally(index, -1);
      word.tokens = mergePairs(word.tokens, merge, 256 + merges.length);
      tally(index, 1);
    }
    holders.delete(key);
    merges.push(merge);
  }
  return bytePairVocabulary(merges);
}

/** A pair as one number, in the order of its ids. */
const pairBase = 2 ** 24;
function pairKey(left: number, right: number): number {
  return left * pairBase + right;
}

function mostFrequent(counts: ReadonlyMap<number, number>): number | undefined {
  let best: number | undefined;
  let most = 1; // a pair that occurs once saves nothing
  for (const [key, count] of counts) {
    if (count > most || (count === most && best !== undefined && key < best)) [best, most] = [key, count];
  }
  return best;
}

function mergePairs(tokens: readonly number[], [left, right]: Merge, merged: number): number[] {
  const joined: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const pair = tokens[i] === left && tokens[i + 1] === right;
    joined.push(pair ? merged : (tokens[i] ?? 0));
    if (pair) i++;
  }
  return joined;
}

function bytesOf(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}
