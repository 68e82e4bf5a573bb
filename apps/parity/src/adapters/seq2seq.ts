import {
  concat,
  expandDims,
  eye,
  mul,
  ones,
  reshape,
  stack,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  transpose,
  type Variable,
} from "@tensorflow/tfjs-core";
import type { Attention, Mechanism } from "@attention-lab/attention";
import { attentionalVector, bahdanau, luong } from "@attention-lab/attention-seq2seq";
import { lengthMask } from "@attention-lab/nn";
import { linear } from "@attention-lab/ops";
import { scope } from "@attention-lab/tensors";
import { type Adapter, type Bound, golden, program, type TensorProgram } from "../adapter.ts";
import { asStored } from "../bound.ts";
import { type ConfigReader, Deviates, NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";
import { maskOf } from "../mask-of.ts";

const keepsHidden =
  "Keras subtracts 1e9 from hidden scores, so a query that sees no key gets a mean of values; ours gives 0, as scaled_dot_product_attention does";

/** keras.layers.AdditiveAttention, or OpenNMT's GlobalAttention of type mlp. */
export const bahdanauAdapter: Adapter = (config, case_) => {
  if (case_.tensors["memory"] !== undefined) return openNmt(config, case_);
  const { width, site } = kerasSite(config, case_);
  config.expect("score", (score) => /^sum_d (scale_d \* )?tanh\(q_d \+ k_d\)$/.test(String(score)));
  // The layer has no projections of its own: identities take their place.
  const mechanism = bahdanau({ units: width }).build(site);
  hold(mechanism, "query.weight", () => expandDims(eye(width), 0));
  hold(mechanism, "key.weight", () => expandDims(eye(width), 0));
  const vector = parameterOf(mechanism, "score.weight");
  if (config.flag("use_scale")) return keras(case_, mechanism, { scale: asStored(vector) as Bound });
  hold(mechanism, "score.weight", () => ones([1, width]));
  return keras(case_, mechanism, {});
};

/** keras.layers.Attention, or OpenNMT's GlobalAttention of type dot or general. */
export const luongAdapter: Adapter = (config, case_) => {
  if (case_.tensors["memory"] !== undefined) return openNmt(config, case_);
  const { width, site } = kerasSite(config, case_);
  const learnedScale = config.flag("use_scale");
  const mode = config.text("score_mode");
  config.described("score");
  if (mode === "dot") {
    const mechanism = luong({ score: "dot", learnedScale }).build(site);
    return keras(case_, mechanism, learnedScale ? { scale: asStored(parameterOf(mechanism, "scale")) as Bound } : {});
  }
  if (mode !== "concat") throw new NotCovered(`score_mode = ${String(mode)}`);
  // Its concat adds query and key: Luong's with two identities, and one number in place of the vector.
  const mechanism = luong({ score: "concat", units: width }).build(site);
  const identities = () => expandDims(reshape(stack([eye(width), eye(width)]), [2 * width, width]), 0);
  const vector = multipleOf(parameterOf(mechanism, "score.weight"), () => ones([1, width]));
  if (learnedScale) {
    const scale = multipleOf(parameterOf(mechanism, "concat.weight"), identities);
    return keras(case_, mechanism, { concat_score_weight: vector, scale });
  }
  hold(mechanism, "concat.weight", identities);
  return keras(case_, mechanism, { concat_score_weight: vector });
};

function kerasSite(config: ConfigReader, case_: GoldenCase) {
  config.described("B", "Dv", "key_default", "mask");
  const width = config.number("D");
  const causal = config.flag("causal");
  const valueDim = golden(case_, "value").shape.at(-1) as number;
  if (hasBlindQuery(case_, causal)) throw new Deviates(keepsHidden);
  return { width, site: siteOf(width, valueDim, Math.max(config.number("N"), config.number("M")), causal) };
}

/** Whether a query sees no key: a row without a real one, or, where later keys are hidden, none from the start on. */
function hasBlindQuery({ tensors }: GoldenCase, causal: boolean): boolean {
  const mask = tensors["value_mask"];
  if (mask === undefined) return false;
  const [rows = 0, keys = 0] = mask.shape;
  return Array.from({ length: rows }, (_, row) => mask.values.subarray(row * keys, (row + 1) * keys)).some((row) =>
    causal ? row[0] !== 1 : !row.includes(1),
  );
}

function keras(case_: GoldenCase, mechanism: Mechanism, bound: TensorProgram["bound"]): TensorProgram {
  const keyPadding = maskOf(case_, "value_mask");
  const queryPadding = maskOf(case_, "query_mask");
  return program(
    ({ query, value, key = value }) => {
      const { context, attention } = attended(mechanism, query as Tensor, key as Tensor, value as Tensor, keyPadding);
      return { output: queryPadding === undefined ? context : mul(context, expandDims(queryPadding, 2)), attention };
    },
    { bound },
  );
}

/** h_s are keys and values; what follows is a layer on [context; h_t], with a tanh (Luong's attentional vector) or, for mlp, without. */
function openNmt(config: ConfigReader, case_: GoldenCase): TensorProgram {
  config.described("B");
  config.expect("scale", (scale) => scale === "none");
  config.expect("concatenation_order", (order) => String(order) === "[context, query]");
  const score = config.text("score") ?? "";
  const output = config.text("output") ?? "";
  if (!output.startsWith("linear_out([context; h_t])")) throw new NotCovered(`output = ${output}`);
  const width = config.number("D");
  const keys = config.number("M");
  const { attention, names } = openNmtScore(score, width);
  const mechanism = attention.build(siteOf(width, width, Math.max(config.number("N"), keys)));
  const lengths = case_.tensors["lengths"];
  const keyPadding = lengths && lengthMask([...lengths.values], keys);
  const bound = Object.entries(names).map(
    ([theirs, ours]) => [theirs, ofOneHead(parameterOf(mechanism, ours))] as const,
  );
  return program(
    (tensors) => {
      const { query, memory } = tensors as { query: Tensor; memory: Tensor };
      const { context, attention } = attended(mechanism, query, memory, memory, keyPadding);
      const weight = transpose(tensors["linear_out.weight"] as Tensor2D);
      const bias = tensors["linear_out.bias"] as Tensor1D | undefined;
      const tanh = output.includes("then tanh");
      return {
        output: tanh
          ? attentionalVector(context, query, weight, bias)
          : linear(concat([context, query], -1), weight, bias),
        attention,
      };
    },
    { bound: Object.fromEntries(bound) },
  );
}

/** The score in the package's words -> ours, and their parameters' names -> ours. */
function openNmtScore(score: string, width: number): { attention: Attention; names: Readonly<Record<string, string>> } {
  if (score === "h_t . h_s") return { attention: luong({ score: "dot" }), names: {} };
  if (score.startsWith("h_t^T W^T h_s"))
    return { attention: luong({ score: "general" }), names: { "linear_in.weight": "score.weight" } };
  if (!score.startsWith("v^T tanh(W_q h_t + b + U h_s)")) throw new NotCovered(`score = ${score}`);
  return {
    attention: bahdanau({ units: width, bias: true }),
    names: {
      "linear_query.weight": "query.weight",
      "linear_query.bias": "bias",
      "linear_context.weight": "key.weight",
      "v.weight": "score.weight",
    },
  };
}

function siteOf(headDim: number, valueDim: number, maxLength: number, causal = false) {
  return { heads: 1, keyValueHeads: 1, headDim, valueDim, scale: 1, maxLength, causal, dropout: 0, seed: 0 };
}

/** One head: query [B,N,D], key [B,M,D], value [B,M,Dv] -> context [B,N,Dv] and weights [B,N,M]. */
function attended(mechanism: Mechanism, query: Tensor, key: Tensor, value: Tensor, keyPadding: Tensor2D | undefined) {
  const [q, k, v] = [query, key, value].map((x) => expandDims(x, 1)) as [Tensor4D, Tensor4D, Tensor4D];
  const padding = keyPadding === undefined ? {} : { keyPadding };
  const call = { q, k, v, ...padding, input: () => query as Tensor3D, queryOffset: 0, training: false, step: 0 };
  const { weights } = mechanism;
  if (weights === undefined) throw new Error("parity: the mechanism must show its weights, got none");
  const [batch = 0, queries = 0] = query.shape;
  return {
    context: reshape(mechanism.attend(call), [batch, queries, -1]),
    attention: reshape(weights(call), [batch, queries, -1]),
  };
}

function parameterOf({ parameters }: Mechanism, name: string): Variable {
  const found = parameters[name];
  if (found === undefined) throw new NotCovered(`a parameter for ${name}`);
  return found;
}

function hold(mechanism: Mechanism, name: string, value: () => Tensor): void {
  scope("held parameter", () => parameterOf(mechanism, name).assign(value()));
}

/** A golden weight [out, in], or a vector, in our layout for one head: [1, in, out], or [1, units]. */
function ofOneHead(variable: Variable): Bound {
  const [, ...own] = variable.shape;
  const matrix = own.length === 2;
  return {
    variables: [variable],
    stored: (values) => [reshape(matrix ? transpose(values) : values, variable.shape)],
    golden: ([gradient]) => {
      const one = reshape(gradient as Tensor, own);
      return matrix ? transpose(one) : one;
    },
  };
}

/** One golden number in the place of a whole parameter of ours, which is that number times a fixed pattern. */
function multipleOf(variable: Variable, pattern: () => Tensor): Bound {
  return {
    variables: [variable],
    stored: (value) => [mul(value, pattern())],
    golden: ([gradient]) => sum(mul(gradient as Tensor, pattern())),
  };
}
