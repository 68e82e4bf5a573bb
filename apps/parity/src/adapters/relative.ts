import { reshape, slice, type Tensor, tensor, tensor1d, type Tensor2D, transpose } from "@tensorflow/tfjs-core";
import type { Position } from "@attention-lab/attention";
import { full } from "@attention-lab/attention-full";
import { alibi, type AlibiForm, alibiSlopes, t5, t5Bucket, type T5Direction } from "@attention-lab/position-encodings";
import { type Adapter, type Bound, golden, hostProgram, program } from "../adapter.ts";
import { asStored } from "../bound.ts";
import { type ConfigReader, NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";
import { replayLayer, torchWeights } from "../replay-layer.ts";
import { xTransformersAttention } from "./x-transformers.ts";

/** Queries and keys of a score matrix, and the position of query 0. */
interface Square {
  readonly queries: number;
  readonly keys: number;
  readonly first: number;
}

/** Key position minus query position of every entry, row-major. */
function offsetsOf({ queries, keys, first }: Square): number[] {
  return Array.from({ length: queries * keys }, (_, i) => (i % keys) - Math.floor(i / keys) - first);
}

/** A position's bias as the matrix [H,N,M] that packages make of it. */
function matrixOf({ bias }: Position, square: Square): Tensor {
  const rows = bias?.at(tensor1d(offsetsOf(square), "float32")) as Tensor2D; // [H,N*M]
  return reshape(rows, [rows.shape[0], square.queries, square.keys]);
}

function slopedPosition(heads: number, form: AlibiForm, biasedHeads = heads): Position {
  return alibi({ form, biasedHeads }).build({ dModel: heads, heads, headDim: 1, maxLength: 1, seed: 0 });
}

/** Slopes and biases of BLOOM, MPT and x-transformers; MPT's and x-transformers' whole attention ("x" is given). */
export const alibiAdapter: Adapter = (config, case_) => {
  if (case_.tensors["Wqkv.weight"] !== undefined) return mptAttention(config, case_);
  if (case_.tensors["to_q.weight"] !== undefined) return xTransformersAlibi(config, case_);
  const heads = config.number("heads");
  return case_.tensors["bias"] === undefined ? bloomAndMpt(config, heads) : symmetricBias(config, heads);
};

function bloomAndMpt(config: ConfigReader, heads: number) {
  config.described("slopes", "bias_meaning");
  const length = config.number("N");
  const position = slopedPosition(heads, "signed");
  return program(() => ({
    slopes: tensor1d(alibiSlopes(heads)),
    distance_bias: matrixOf(position, { queries: length, keys: length, first: 0 }),
    // One row serves all queries, since a constant for each query changes nothing: BLOOM's is that of the first one, MPT's of the last.
    bloom_bias: matrixOf(position, { queries: 1, keys: length, first: 0 }),
    mpt_bias: matrixOf(position, { queries: 1, keys: length, first: length - 1 }),
  }));
}

function symmetricBias(config: ConfigReader, heads: number) {
  config.expect("form", (form) => String(form).startsWith("-slope * |i - j|"));
  config.expect("query_positions", isLast);
  config.described("rest");
  const [queries, keys] = [config.number("query_len"), config.number("key_len")];
  const position = slopedPosition(config.number("total_heads"), "symmetric", heads);
  return program(() => ({
    slopes: tensor1d(alibiSlopes(heads)),
    bias: matrixOf(position, { queries, keys, first: keys - queries }),
  }));
}

const isLast = (words: unknown) => /^the last query_len/i.test(String(words));

function mptAttention(config: ConfigReader, case_: GoldenCase) {
  config.described("B", "Wqkv");
  config.expect("scale", (scale) => scale === "1/sqrt(head_dim)");
  const [dModel, heads] = [config.number("hidden_size"), config.number("num_heads")];
  const causal = config.flag("causal");
  if (!causal) throw new NotCovered("MPT's bias without a causal mask");
  if (case_.tensors["Wqkv.bias"] !== undefined) throw new NotCovered("Wqkv.bias");
  const replay = replayLayer({
    attention: full({ implementation: "fused" }),
    heads,
    headDim: dModel / heads,
    length: config.number("N"),
    causal,
    position: slopedPosition(heads, "signed"),
  });
  return program((tensors) => {
    const packed = tensors["Wqkv.weight"] as Tensor2D;
    const rows = (part: number) => ({ weight: transpose(slice(packed, [part * dModel, 0], [dModel, -1])) });
    const weights = { query: rows(0), key: rows(1), value: rows(2), output: torchWeights(tensors, "out_proj") };
    return replay.run({ query: tensors["x"]! }, weights);
  });
}

/** x-transformers' Attention with AlibiPositionalBias. */
function xTransformersAlibi(config: ConfigReader, case_: GoldenCase) {
  config.expect("alibi", (form) => form === "-slope * |i - j|");
  return xTransformersAttention(config, case_, slopedPosition(config.number("heads"), "symmetric"));
}

/** T5's buckets, x-transformers' bias, T5's whole attention ("x" is given). */
export const t5Adapter: Adapter = (config, case_) => {
  if (config.has("grids")) return bucketGrids(config, case_);
  return case_.tensors["x"] === undefined ? biasAlone(config, case_) : t5Attention(config, case_);
};

function bucketGrids(config: ConfigReader, case_: GoldenCase) {
  config.expect("sign", (sign) => sign === "positive = key after query");
  config.described("rounding_sensitive_positions");
  const grids = config.value("grids") as { bidirectional: boolean; num_buckets: number; max_distance: number }[];
  const offsets = [...golden(case_, "relative_position").values];
  // On a boundary ours are exact, as the float32 logarithm that trained weights rely on is nearly always; the float64 one falls below it.
  const float64 = Object.keys(case_.tensors).filter((name) => name.endsWith(".float64"));
  const outputs = grids.map(({ bidirectional, num_buckets: buckets, max_distance: maxDistance }) => {
    const direction = directionOf(bidirectional);
    return [
      `${direction}_${buckets}_${maxDistance}`,
      offsets.map((offset) => t5Bucket(offset, { buckets, maxDistance, direction })),
    ] as const;
  });
  return hostProgram(() => Object.fromEntries(outputs), float64);
}

const directionOf = (bidirectional: boolean): T5Direction => (bidirectional ? "bidirectional" : "causal");

/** The position of a case and the golden table that lives in it. */
function t5Position(config: ConfigReader, direction: T5Direction, heads: number, biasScale: number) {
  const [buckets, maxDistance] = [config.number("num_buckets"), config.number("max_distance")];
  const options = { buckets, maxDistance, direction, biasScale };
  const position = t5(options).build({ dModel: heads, heads, headDim: 1, maxLength: 1, seed: 0 });
  const bound = { "relative_attention_bias.weight": asStored(position.parameters["weight"]) as Bound };
  return { options, position, bound };
}

function biasAlone(config: ConfigReader, case_: GoldenCase) {
  config.expect("query_positions", isLast);
  config.described("note");
  const [heads, queries, keys] = [config.number("heads"), config.number("query_len"), config.number("key_len")];
  const direction = directionOf(!config.flag("causal"));
  const { position, bound } = t5Position(config, direction, heads, config.number("bias_scale"));
  if (golden(case_, "bias").shape.length !== 3) throw new NotCovered("a bias of another shape");
  return program(() => ({ bias: matrixOf(position, { queries, keys, first: keys - queries }) }), { bound });
}

function t5Attention(config: ConfigReader, case_: GoldenCase) {
  config.described("B", "d_model", "bias");
  config.expect("relative_position", (words) => words === "key index - query index");
  config.expect("scale", (scale) => String(scale).startsWith("NONE"));
  const [heads, headDim, length] = [config.number("num_heads"), config.number("d_kv"), config.number("N")];
  const causal = config.flag("causal_mask");
  const { options, position, bound } = t5Position(config, directionOf(config.flag("bidirectional")), heads, 1);
  const keyPadding = paddingOf(case_, causal);
  const square = { queries: length, keys: length, first: 0 };
  const replay = replayLayer({
    attention: full({ implementation: "fused" }),
    heads,
    headDim,
    length,
    causal,
    scale: 1,
    position,
  });
  return program(
    (tensors) => {
      const [query, key, value, output] = ["q", "k", "v", "o"].map((name) => torchWeights(tensors, name));
      const weights = { query: query!, key: key!, value: value!, output: output! };
      const ran = replay.run(
        { query: tensors["x"]!, ...(keyPadding === undefined ? {} : { keyPadding: keyPadding() }) },
        weights,
      );
      const buckets = offsetsOf(square).map((offset) => t5Bucket(offset, options));
      return { ...ran, bias: matrixOf(position, square), buckets: tensor1d(buckets, "float32") };
    },
    { bound },
  );
}

/** The padding [B,M] that "allowed" [B,1,N,M] says, besides the causal mask; the last query sees every real key. */
function paddingOf(case_: GoldenCase, causal: boolean): (() => Tensor2D) | undefined {
  const allowed = case_.tensors["allowed"];
  if (allowed === undefined) return undefined;
  const [batch = 1, , queries = 1, keys = 1] = allowed.shape;
  const at = (b: number, i: number, j: number) => allowed.values[(b * queries + i) * keys + j] === 1;
  const real = Float32Array.from({ length: batch * keys }, (_, n) =>
    Number(at(Math.floor(n / keys), queries - 1, n % keys)),
  );
  for (let n = 0; n < allowed.values.length; n++) {
    const [b, i, j] = [Math.floor(n / (queries * keys)), Math.floor(n / keys) % queries, n % keys];
    const expected = real[b * keys + j] === 1 && (!causal || j <= i);
    if (at(b, i, j) !== expected) throw new NotCovered("a mask that is neither causal nor padding");
  }
  return () => tensor(real, [batch, keys]);
}
