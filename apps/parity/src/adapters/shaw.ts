import { gather, type Tensor, tensor1d, type Tensor2D, unsortedSegmentSum, type Variable } from "@tensorflow/tfjs-core";
import { full } from "@attention-lab/attention-full";
import { shaw, type ShawOptions } from "@attention-lab/position-encodings";
import { type Adapter, type Bound, golden, program } from "../adapter.ts";
import { type ConfigReader, NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";
import { maskOf } from "../mask-of.ts";
import { replayLayer, torchWeights } from "../replay-layer.ts";

/** Their names of the projections; no output where heads are only concatenated. */
interface Projections {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output?: string;
  readonly table: string;
}

const isInverseRoot = (value: unknown) => /1\/sqrt|q \/ sqrt/.test(String(value));

/** Shaw's tables as BERT, Wav2Vec2-BERT and OpenNMT-py keep them. */
export const shawAdapter: Adapter = (config, case_) => {
  config.described("B", "N", "terms", "table", "biases", "scaled", "mask", "output_projection");
  config.expect("scale", isInverseRoot);
  if (case_.tensors["relative_positions_embeddings.weight"] !== undefined) return openNmt(config, case_);
  return config.has("position_embedding_type") ? bert(config, case_) : wav2vec(config, case_);
};

function openNmt(config: ConfigReader, case_: GoldenCase) {
  const clip = config.number("clip");
  config.expect("relative_index", (words) => String(words).startsWith("clip(j - i"));
  const names = { query: "linear_query", key: "linear_keys", value: "linear_values", output: "final_linear" };
  const table = "relative_positions_embeddings.weight";
  const rows = (offset: number) => offset + clip;
  const size = {
    dModel: config.number("model_dim"),
    heads: config.number("heads"),
    causal: config.flag("causal"),
    clip,
  };
  return attention(case_, { ...names, table }, { ...size, values: "shared", sides: "query", rows });
}

function bert(config: ConfigReader, case_: GoldenCase) {
  const kinds = { relative_key: "query", relative_key_query: "both" } as const;
  const sides = kinds[config.text("position_embedding_type") as keyof typeof kinds];
  if (sides === undefined) throw new NotCovered("position_embedding_type");
  config.expect("relative_index", (words) => String(words).startsWith("i - j + max_position_embeddings - 1"));
  const clip = config.number("max_position_embeddings") - 1;
  const names = { query: "query", key: "key", value: "value", table: "distance_embedding.weight" };
  const size = {
    dModel: config.number("hidden_size"),
    heads: config.number("num_heads"),
    causal: config.flag("causal"),
    clip,
  };
  return attention(case_, names, { ...size, values: "none", sides, rows: (offset) => clip - offset });
}

function wav2vec(config: ConfigReader, case_: GoldenCase) {
  const [left, right] = [config.number("left_clip"), config.number("right_clip")];
  config.expect("relative_index", (words) => String(words).startsWith("clip(j - i"));
  const names = { query: "linear_q", key: "linear_k", value: "linear_v", output: "linear_out" };
  const rows = (offset: number) => Math.max(-left, Math.min(right, offset)) + left;
  const size = {
    dModel: config.number("hidden_size"),
    heads: config.number("num_heads"),
    causal: config.flag("causal"),
    clip: Math.max(left, right),
  };
  const table = "distance_embedding.weight";
  return attention(case_, { ...names, table }, { ...size, values: "none", sides: "query", rows });
}

interface Tables extends Pick<ShawOptions, "clip" | "values" | "sides"> {
  readonly dModel: number;
  readonly heads: number;
  readonly causal: boolean;
  /** The row of their table for an offset, key minus query. */
  readonly rows: (offset: number) => number;
}

function attention(case_: GoldenCase, names: Projections, { dModel, heads, causal, rows, ...tables }: Tables) {
  const masks = Object.keys(case_.tensors).filter((name) => case_.tensors[name]?.kind === "bool");
  const unknown = masks.find((name) => name !== "valid_mask");
  if (unknown !== undefined) throw new NotCovered(unknown);
  const length = golden(case_, "x").shape[1] as number;
  const headDim = dModel / heads;
  const site = { dModel, heads, headDim, maxLength: length, seed: 0 };
  const position = shaw({ ...tables, perLayer: true }).build(site);
  const replay = replayLayer({ attention: full({}), heads, headDim, length, causal, position });
  const keyPadding = maskOf(case_, "valid_mask");
  const bound = {
    [names.table]: byOffset(position.relative.keys, tables.clip, rows, golden(case_, names.table).shape),
  };
  return program(
    (tensors) => {
      const weights = {
        query: torchWeights(tensors, names.query),
        key: torchWeights(tensors, names.key),
        value: torchWeights(tensors, names.value),
        ...(names.output === undefined ? {} : { output: torchWeights(tensors, names.output) }),
      };
      return replay.run({ query: tensors["x"]!, ...(keyPadding === undefined ? {} : { keyPadding }) }, weights);
    },
    { bound },
  );
}

/** Their table in our order of rows: by offset from -clip to clip. Several of ours may be one of theirs. */
function byOffset(keys: Variable, clip: number, rows: (offset: number) => number, shape: readonly number[]): Bound {
  const theirs = Int32Array.from({ length: 2 * clip + 1 }, (_, i) => rows(i - clip));
  const index = () => tensor1d(theirs, "int32");
  return {
    variables: [keys],
    stored: (values) => [gather(values, index())],
    golden: ([gradient]) => unsortedSegmentSum(gradient as Tensor as Tensor2D, index(), shape[0] ?? 0),
  };
}
