import { mul, reshape, type Tensor4D, type Variable } from "@tensorflow/tfjs-core";
import {
  type Call,
  type Cost,
  defineAttention,
  type Lengths,
  type Mechanism,
  parseOptions,
  positiveCount,
  type Site,
} from "@attention-lab/attention";
import { parameter, type Parameters } from "@attention-lab/nn";
import { patternAttention } from "@attention-lab/ops";
import { deriveSeed, invalid, positiveInteger, randomNormal } from "@attention-lab/tensors";
import { z } from "zod";
import { projectLength } from "./length-projection.ts";
import { type SharedProjection, sharedProjection } from "./shared-projection.ts";

const who = "linformer attention";
const sharings = ["none", "headwise", "key-value", "layerwise"] as const;

/**
 * `rank` R is the number of projected keys. `sharing`, from most to fewest parameters (the paper's section 4): "none" a projection of keys E and one
 * of values F for every key-value head; "headwise" one E and one F for all heads; "key-value" one matrix for both; "layerwise" one matrix for
 * every layer that is given the same `shared`.
 */
export type LinformerOptions =
  | { readonly rank: number; readonly sharing: "none" | "headwise" | "key-value" }
  | { readonly rank: number; readonly sharing: "layerwise"; readonly shared: SharedProjection };

const schema = z.strictObject({ rank: positiveCount, sharing: z.enum(sharings) });
const mixed = "the length projection mixes the positions of keys";

/**
 * Linformer (Wang et al. 2020, "Linformer: Self-Attention with Linear Complexity", eq. 7):
 * out = softmax(scale Q (E^T K)^T) F^T V with E, F [maxLength, R] acting on the keys' positions after the key and value projections.
 * Time and memory O(n R). Padding keys and values are zeroed before E and F; M < maxLength keys use the first M rows.
 * E and F start normal with variance 1 / maxLength, so that projected keys have the variance of the keys.
 */
export const linformer = defineAttention({
  name: "linformer",
  paper: "Wang et al. 2020, Linformer: Self-Attention with Linear Complexity, https://arxiv.org/abs/2006.04768",
  version: 1,
  supports: {
    causal: "the length projection mixes future positions",
    keyPadding: true,
    crossAttention: true,
    groupedQuery: true,
    scoreBias: `${mixed}, so a score has no offset that a bias could depend on`,
    relativeContent: `${mixed}, so a score has no offset that a table could be read at`,
    dropout: true,
    anyLength: "the length projection has one row for each position up to maxLength",
    stepwise: "each new key changes every projected key, so there is no state to go on from",
    weights: `${mixed}: weights are over projected keys, not over keys`,
  },
  parse: (raw): LinformerOptions => {
    const { rank, sharing } = parseOptions(who, schema, raw);
    return sharing === "layerwise" ? { rank, sharing, shared: sharedProjection() } : { rank, sharing };
  },
  build,
  cost,
});

function build(options: LinformerOptions, site: Site): Mechanism {
  check(options);
  const parameters = projections(options, site);
  const keys = parameters["projection"] ?? parameters["key.projection"];
  const values = parameters["projection"] ?? parameters["value.projection"];
  if (keys === undefined || values === undefined)
    throw invalid(who, "a length projection must exist", Object.keys(parameters));
  return {
    parameters,
    attend(call) {
      const k = projectLength(real(call.k, call), keys); // [B,KH,R,D]
      const v = projectLength(real(call.v, call), values); // [B,KH,R,Dv]
      const { scale, dropout: rate, seed } = site;
      const dropout = call.training && rate > 0 ? { rate, seed, step: call.step } : undefined;
      return patternAttention({ q: call.q, k, v }, { pattern: { causal: false }, scale, queryOffset: 0, dropout });
    },
  };
}

/** Padding rows zeroed: they must not reach the projection. */
function real(x: Tensor4D, { keyPadding }: Call): Tensor4D {
  if (keyPadding === undefined) return x;
  const [batch, keys] = keyPadding.shape;
  return mul(x, reshape(keyPadding, [batch, 1, keys, 1])) as Tensor4D;
}

/** One matrix `projection`, or `key.projection` (E) and `value.projection` (F). */
function projections(options: LinformerOptions, { maxLength, keyValueHeads, seed }: Site): Parameters {
  const { rank, sharing } = options;
  const matrix = (label: string, ...heads: number[]): Variable =>
    parameter(() =>
      randomNormal(
        deriveSeed(seed, "length projection", label),
        [...heads, maxLength, rank],
        0,
        1 / Math.sqrt(maxLength),
      ),
    );
  switch (sharing) {
    case "none":
      return { "key.projection": matrix("key", keyValueHeads), "value.projection": matrix("value", keyValueHeads) };
    case "headwise":
      return { "key.projection": matrix("key"), "value.projection": matrix("value") };
    case "key-value":
      return { projection: matrix("key") };
    case "layerwise":
      return { projection: options.shared.take([maxLength, rank], () => matrix("key")) };
  }
}

/**
 * Two length projections and two products with R keys. `peakBytes`: the projected keys and values, and either the output with its log-sum-exp
 * or what making the values' needs (their rows in the order of the product, the product, and the rows of E where M < maxLength).
 */
function cost(options: LinformerOptions, site: Site, { batch, queries, keys }: Lengths): Cost {
  check(options);
  const { rank, sharing } = options;
  const { heads, keyValueHeads, headDim, valueDim, maxLength } = site;
  const widths = headDim + valueDim;
  const flops = 2 * batch * rank * widths * (keyValueHeads * keys + heads * queries);
  const matrices = (sharing === "none" ? 2 * keyValueHeads : sharing === "headwise" ? 2 : 1) * maxLength * rank;

  const projected = (width: number) => batch * keyValueHeads * rank * width;
  const rows = keys === maxLength ? 0 : keys * rank * (sharing === "none" ? keyValueHeads : 1);
  const reordered = sharing === "none" && batch === 1 ? 0 : 1;
  const making = (width: number) =>
    rows + projected(width) + reordered * (batch * keyValueHeads * keys * width + projected(width));
  const attending = projected(widths) + batch * heads * queries * (valueDim + 1);
  const floats = Math.max(making(headDim), projected(headDim) + making(valueDim), attending);
  return { flops, peakBytes: 4 * floats, parameters: matrices, stateBytes: 0 };
}

function check(options: LinformerOptions): void {
  const { rank, sharing } = options;
  positiveInteger(who, "rank", rank);
  if (!sharings.includes(sharing)) throw invalid(who, `sharing must be ${sharings.join(" or ")}`, sharing);
  if (sharing === "layerwise" && options.shared === undefined) {
    throw invalid(who, "layerwise sharing needs the option shared, made once with sharedProjection()", options.shared);
  }
}
