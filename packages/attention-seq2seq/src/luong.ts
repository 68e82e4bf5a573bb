import { mul, ones, reshape, slice, type Tensor4D } from "@tensorflow/tfjs-core";
import {
  type Call,
  defineAttention,
  type Mechanism,
  parseOptions,
  positiveCount,
  type Site,
} from "@attention-lab/attention";
import { parameter } from "@attention-lab/nn";
import { type AttentionInputs, type AttentionOptions, attentionWeights, patternAttention } from "@attention-lab/ops";
import { invalid, positiveInteger } from "@attention-lab/tensors";
import { z } from "zod";
import { additiveMechanism, headMatrix, headVector } from "./additive-mechanism.ts";
import { additiveCost, productCost } from "./cost.ts";
import { headsFirst, projectHeads } from "./project-heads.ts";
import { supports } from "./supports.ts";

const who = "luong attention";
const scores = ["dot", "general", "concat"] as const;

/**
 * `score`: "dot" h.s; "general" h W s; "concat" v.tanh(W [h; s]) with `units` (default: the head's width) as length of v. A dot score may
 * be multiplied by one learned number per head, which starts at 1 (`learnedScale`, Keras' use_scale).
 */
export type LuongOptions =
  | { readonly score: "dot"; readonly learnedScale?: boolean }
  | { readonly score: "general" }
  | { readonly score: "concat"; readonly units?: number };

const schema = z.strictObject({
  score: z.enum(scores),
  learnedScale: z.boolean().optional(),
  units: positiveCount.optional(),
});

/**
 * Luong's global attention (Luong et al. 2015, "Effective Approaches to Attention-based Neural Machine Translation", section 3.1, eq. 7 and 8):
 * out_i = sum_j softmax_j(score(h_i, s_j)) s_j, with decoder states h as queries and encoder states s as keys. Luong attends with the current decoder
 * state: which state is handed in is the caller's. Scores are not scaled: `Site.scale` is not read. Time O(N M D); dot and general run on the
 * attention kernel in O(N + M) memory, concat forms its scores, O(N M).
 */
export const luong = defineAttention({
  name: "luong",
  paper:
    "Luong et al. 2015, Effective Approaches to Attention-based Neural Machine Translation, https://arxiv.org/abs/1508.04025",
  version: 1,
  supports,
  parse,
  build,
  cost: (options, site, lengths) => {
    check(options);
    const { heads, headDim } = site;
    if (options.score === "concat") {
      const { units = headDim } = options;
      const parameters = heads * units * (2 * headDim + 1);
      return additiveCost(site, lengths, { units, parameters, beside: 2 * headDim * units });
    }
    return productCost(site, lengths, options);
  },
});

function parse(raw: unknown): LuongOptions {
  const options = parseOptions(who, schema, raw);
  check(options);
  return options;
}

/** Options may come from JavaScript: each belongs to one score. */
function check(options: { score: string; learnedScale?: boolean; units?: number }): asserts options is LuongOptions {
  const { score, learnedScale, units } = options;
  if (!scores.some((each) => each === score)) throw invalid(who, `score must be ${scores.join(" or ")}`, score);
  if (units !== undefined && score !== "concat") throw invalid(who, "units belong to the score concat", score);
  if (units !== undefined) positiveInteger(who, "units", units);
  if (learnedScale !== undefined && score !== "dot") throw invalid(who, "learnedScale belongs to the score dot", score);
}

function build(options: LuongOptions, site: Site): Mechanism {
  check(options);
  switch (options.score) {
    case "dot": {
      if (options.learnedScale !== true) return products(site, {}, (q) => q);
      const scale = parameter(() => ones([site.heads]));
      return products(site, { scale }, (q) => mul(q, reshape(scale, [1, site.heads, 1, 1])));
    }
    case "general": {
      const weight = headMatrix(site, "score weight", site.headDim, site.headDim);
      return products(site, { "score.weight": weight }, (q) => headsFirst(projectHeads(q, weight)));
    }
    case "concat":
      return concatenated(options.units ?? site.headDim, site);
  }
}

/** Scores that are a dot product of the key with something made of the query. */
function products(site: Site, parameters: Mechanism["parameters"], made: (q: Tensor4D) => Tensor4D): Mechanism {
  const inputsOf = ({ q, k, v, keyPadding }: Call): AttentionInputs => ({ q: made(q), k, v, keyPadding });
  const settingsOf = ({ queryOffset, training, step }: Call): AttentionOptions => {
    const { causal, dropout: rate, seed } = site;
    const dropout = training && rate > 0 ? { rate, seed, step } : undefined;
    return { pattern: { causal }, scale: 1, queryOffset, dropout };
  };
  return {
    parameters,
    attend: (call) => patternAttention(inputsOf(call), settingsOf(call)),
    weights: (call) => attentionWeights(inputsOf(call), { ...settingsOf(call), dropout: undefined }),
  };
}

/** W [h; s] is a product with W's upper rows for the query and one with its lower rows for the key: no pair is ever concatenated. */
function concatenated(units: number, site: Site): Mechanism {
  const { heads, headDim } = site;
  const weight = headMatrix(site, "concat weight", 2 * headDim, units);
  const vector = headVector(site, "score weight", units);
  const half = (begin: number) => slice(weight, [0, begin, 0], [heads, headDim, units]);
  return additiveMechanism(site, {
    parameters: { "concat.weight": weight, "score.weight": vector },
    vector,
    queries: (q) => projectHeads(q, half(0)),
    keys: (k) => projectHeads(k, half(headDim)),
  });
}
