import { mul, reshape, type Tensor4D, zeros } from "@tensorflow/tfjs-core";
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
import { invalid, positiveInteger, repeatHeads } from "@attention-lab/tensors";
import { z } from "zod";
import { chunkwiseRetention } from "./chunkwise.ts";
import { chunkwiseCost, parallelCost } from "./cost.ts";
import { parallelRetention, retentionWeights } from "./parallel.ts";
import { recurrentStep } from "./recurrent.ts";
import { checkGammas, type RetentionOptions, type RetentionTensors, retNetGammas } from "./retention-call.ts";

const who = "retention attention";
const forms = ["chunkwise", "parallel"] as const;

export interface RetentionVariantOptions {
  /** `chunkwise` (the default) is O(n). `parallel` is the textbook with its N x N matrix. The numbers are the same. */
  readonly form?: (typeof forms)[number];
  /** Positions that the chunkwise form handles at once; default 128. */
  readonly chunk?: number;
  /** One decay for each head, above 0 and at most 1. Default: the paper's 1 - 2^(-5-h). */
  readonly gammas?: readonly number[];
}

const CHUNK = 128;
const decay = z
  .number()
  .gt(0, { error: "must be above 0 and at most 1" })
  .max(1, { error: "must be above 0 and at most 1" });
const schema = z.strictObject({
  form: z.enum(forms).optional(),
  chunk: positiveCount.optional(),
  gammas: z.array(decay).optional(),
});
const noScores = "the recurrence keeps a sum over the past";

/**
 * Retention (Sun et al. 2023, "Retentive Network: A Successor to Transformer for Large Language Models", eq. 5-8):
 * out_n = scale sum_(m <= n) gamma^(n-m) (q_n.k_m) v_m, one gamma for each head. No softmax and no denominator: a weight may be negative and the
 * weights of a row do not sum to 1. Time O(n (chunk + D) D), memory O(n D), decoding state O(D^2).
 *
 * This is the inside of one head. The paper's rotation of q and k by position is a rotary position encoding of the layer; its group norm and swish
 * gate belong to the block around. Not causal, positions decay both ways, gamma^|n-m| (Fan et al. 2024, "RMT", eq. 4; here in one dimension).
 */
export const retention = defineAttention({
  name: "retention",
  paper: "Sun et al. 2023, Retentive Network: A Successor to Transformer, https://arxiv.org/abs/2307.08621",
  version: 1,
  supports: {
    causal: true,
    keyPadding: true,
    crossAttention: "the decay counts positions from key to query, which two sequences do not share",
    groupedQuery: true,
    scoreBias: `${noScores}: there is no score of a pair that a bias could be added to`,
    relativeContent: `${noScores}: there is no score of a pair that a term for its offset could be added to`,
    dropout: `${noScores}: there are no weights that could be dropped`,
    anyLength: true,
    stepwise: true,
    weights: true,
  },
  parse: (raw): RetentionVariantOptions => parseOptions(who, schema, raw),
  build,
  cost,
});

function build(options: RetentionVariantOptions, site: Site): Mechanism {
  const { form, chunk, gammas } = checked(options, site);
  const { heads, headDim, valueDim, scale, causal } = site;
  const decays: RetentionOptions = { gammas, scale, sees: causal ? "past" : "all" };
  return {
    parameters: {},
    attend(call) {
      const inputs = prepare(call, site);
      return form === "parallel" ? parallelRetention(inputs, decays) : chunkwiseRetention(inputs, { ...decays, chunk });
    },
    weights: (call) => retentionWeights(prepare(call, site), decays),
    stepwise: {
      start: (batch) => ({ sum: zeros([batch, heads, headDim, valueDim]) }),
      step(state, { q, k, v }) {
        const next = { q, k: repeatHeads(k, heads), v: repeatHeads(v, heads) };
        const { output, state: sum } = recurrentStep(state["sum"] as Tensor4D, next, decays);
        return { output, state: { sum } };
      },
    },
  };
}

/** A key of zeros adds nothing, so that is what padding becomes. */
function prepare({ q, k, v, keyPadding, queryOffset }: Call, { heads }: Site): RetentionTensors {
  if (queryOffset !== 0) throw invalid(who, "a call starts at position 0 (decode with stepwise)", queryOffset);
  const real =
    keyPadding === undefined
      ? k
      : mul<Tensor4D>(k, reshape(keyPadding, [keyPadding.shape[0], 1, keyPadding.shape[1], 1]));
  return { q, k: repeatHeads(real, heads), v: repeatHeads(v, heads) };
}

function cost(options: RetentionVariantOptions, site: Site, lengths: Lengths): Cost {
  const { form, chunk } = checked(options, site);
  return form === "parallel" ? parallelCost(site, lengths) : chunkwiseCost(site, lengths, chunk);
}

function checked(
  { form = "chunkwise", chunk = CHUNK, gammas }: RetentionVariantOptions,
  { heads }: Site,
): Required<RetentionVariantOptions> {
  if (!forms.includes(form)) throw invalid(who, `form must be ${forms.join(" or ")}`, form);
  positiveInteger(who, "chunk", chunk);
  const decays = gammas ?? retNetGammas(heads);
  checkGammas(who, decays, heads);
  return { form, chunk, gammas: decays };
}
