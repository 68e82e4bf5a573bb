import { uniformValues } from "@attention-lab/tensors";
import {
  add,
  concat,
  cumsum,
  expandDims,
  gather,
  matMul,
  mul,
  oneHot,
  reshape,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor2d,
  type Tensor3D,
  zeros,
} from "@tensorflow/tfjs-core";
import type { EncoderDecoderModel, LanguageModel, Source } from "../src/index.ts";

/** Logits of the next token by the last one alone: the host's table, so that a test can search it exhaustively. */
export function table(vocabulary: number, seed: number, spread = 4): number[][] {
  const values = uniformValues(seed, vocabulary * vocabulary);
  return Array.from({ length: vocabulary }, (_, row) =>
    Array.from({ length: vocabulary }, (_, id) => spread * (values[row * vocabulary + id] ?? 0)),
  );
}

export function tableModel(rows: readonly (readonly number[])[], maxLength = 32): LanguageModel {
  const vocabulary = rows.length;
  const values = rows.map((row) => [...row]);
  return {
    vocabulary,
    maxLength,
    logits: (ids) => gather<Tensor>(tensor2d(values), ids) as Tensor3D, // [B,N,V]
  };
}

type Sums = { readonly sums: Tensor2D; readonly read: number };

/**
 * A recurrent model whose logits depend on every id so far, in order: h = 0.7 h + table[id]. A state that is not reordered along with
 * its beams gives other logits.
 */
export function recurrentModel(vocabulary: number, seed: number, calls: string[] = []): LanguageModel<Sums> {
  const rows = table(vocabulary, seed, 2);
  const decay = 0.7;
  const embed = (ids: Tensor) => gather(tensor2d(rows), ids);
  return {
    vocabulary,
    maxLength: 32,
    logits(ids) {
      const [batch, length] = ids.shape;
      calls.push(`logits ${batch}x${length}`);
      const powers = Array.from({ length }, (_, n) => Array.from({ length }, (_, m) => (m > n ? 0 : decay ** (n - m))));
      const mixed = Array.from({ length: batch }, (_, row) =>
        matMul(tensor2d(powers), reshape(gather(embed(ids), [row]), [length, vocabulary])),
      );
      return reshape(concat(mixed, 0), [batch, length, vocabulary]) as Tensor3D;
    },
    start: (batch) => ({ sums: zeros([batch, vocabulary]) as Tensor2D, read: 0 }),
    step({ sums, read }, ids: Tensor1D) {
      calls.push(`step ${ids.shape[0]}`);
      const next = add(mul(sums, decay), embed(ids)) as Tensor2D;
      return { logits: next, state: { sums: next, read: read + 1 } };
    },
  };
}

type Memory = { readonly counts: Tensor2D; readonly seen: Tensor2D };

/** An encoder-decoder: each target token's logit is how often it stands in the source less how often it was produced. */
export function bagModel(vocabulary: number, calls: string[] = []): EncoderDecoderModel<Memory> {
  const counted = (ids: Tensor, weights?: Tensor) => {
    const ones: Tensor = oneHot(ids, vocabulary, 1, 0, "float32"); // [B,S,V]
    return weights === undefined ? ones : mul(ones, expandDims(weights, 2));
  };
  const encode = ({ ids, lengths }: Source) => {
    calls.push(`encode ${ids.shape[0]}`);
    const real = lengths.map((length) => Array.from({ length: ids.shape[1] }, (_, s) => (s < length ? 1 : 0)));
    return sum(counted(ids, tensor2d(real)), 1) as Tensor2D; // [B,V]
  };
  return {
    vocabulary,
    maxLength: 12,
    logits: (ids, source) => add(expandDims(encode(source), 1), mul(cumsum(counted(ids), 1), -1)) as Tensor3D,
    start(source) {
      const counts = encode(source);
      return { counts, seen: mul(counts, 0) as Tensor2D };
    },
    step({ counts, seen }, ids) {
      const next = add(seen, oneHot(ids, vocabulary, 1, 0, "float32")) as Tensor2D;
      return { logits: add(counts, mul(next, -1)) as Tensor2D, state: { counts, seen: next } };
    },
  };
}
