import { add, eye, mul, reshape, type Tensor2D, type Tensor4D, tile } from "@tensorflow/tfjs-core";
import {
  type Call,
  defineAttention,
  type Mechanism,
  parseOptions,
  positiveCount,
  type Site,
} from "@attention-lab/attention";
import { parameter } from "@attention-lab/nn";
import { attentionWeights, patternAttention } from "@attention-lab/ops";
import {
  deriveSeed,
  invalid,
  matMulHeads,
  positiveInteger,
  randomUniform,
  repeatHeads,
  scope,
} from "@attention-lab/tensors";
import { z } from "zod";
import { depthwiseConvolution } from "./depthwise-convolution.ts";
import { nystromformerCost } from "./nystromformer-cost.ts";
import { type Initialisation, pseudoInverse } from "./pseudo-inverse.ts";
import { type Landmarks, maskedSegments, realSegments, wholeSegments } from "./segment-means.ts";

const who = "nystromformer attention";
const initialisations = ["per-matrix", "per-batch"] as const;
const paddings = ["absent", "by-position", "third-kernel"] as const;

export interface NystromformerOptions {
  /** Segments whose means stand for all queries and all keys. A shorter sequence has one landmark per position. */
  readonly landmarks: number;
  /** Iterations of the pseudo-inverse; 6 by default, the paper's. */
  readonly iterations?: number;
  /** Size of the filter along the values that is added to the output, one per key-value head, odd; absent: none. */
  readonly convolution?: number;
  /**
   * Start of the pseudo-inverse: `per-matrix` (the default, the paper's Lemma 1), or `per-batch` (the authors' code, Hugging Face's and
   * nystrom-attention), where one largest column sum serves all batch rows and heads, so that an output depends on the other rows of its batch.
   */
  readonly initialisation?: Initialisation;
  /**
   * What padding does to the landmarks. `absent` (the default): outputs are those of the sequence without it. `by-position`: segments count
   * padding, means leave it out (nystrom-attention). `third-kernel`: only the landmarks' own attention to the keys leaves it out; means and
   * convolution do not (Hugging Face), so what padding holds changes the outputs.
   */
  readonly padding?: (typeof paddings)[number];
}

const odd = { error: "must be an odd positive integer" };
const schema = z.strictObject({
  landmarks: positiveCount,
  iterations: positiveCount.optional(),
  convolution: z
    .int(odd)
    .positive(odd)
    .refine((size) => size % 2 === 1, odd)
    .optional(),
  initialisation: z.enum(initialisations).optional(),
  padding: z.enum(paddings).optional(),
});
const means = "scores are between positions and means of segments";

/**
 * Nystromformer (Xiong et al. 2021, "Nystromformer: A Nystrom-Based Algorithm for Approximating Self-Attention"):
 * out = softmax(s Q K~^T) Z softmax(s Q~ K^T) V (+ a depthwise convolution of V), with Q~ and K~ the means of L segments of queries and keys and Z the
 * iterated pseudo-inverse of softmax(s Q~ K~^T). Time O(n L D + L^3), memory O(n D + L^2): both long softmaxes run on the attention kernel.
 */
export const nystromformer = defineAttention({
  name: "nystromformer",
  paper:
    "Xiong et al. 2021, Nystromformer: A Nystrom-Based Algorithm for Approximating Self-Attention, https://arxiv.org/abs/2102.03902",
  version: 1,
  supports: {
    causal: "a segment's mean mixes future positions",
    keyPadding: true,
    crossAttention: "queries and keys are segmented together, as one sequence with one padding",
    groupedQuery: true,
    scoreBias: `${means}, so a score has no offset that a bias could depend on`,
    relativeContent: `${means}, so a score has no offset that a table could be read at`,
    dropout: "the weights are a product of three matrices and never formed, so none of them can be dropped",
    anyLength: true,
    stepwise: "each new position moves the segments, so there is no state to go on from",
    weights: true,
  },
  parse: (raw): NystromformerOptions => parseOptions(who, schema, raw),
  build,
  cost: (options, site, lengths) => {
    check(options);
    return nystromformerCost(options, site, lengths);
  },
});

function build(options: NystromformerOptions, site: Site): Mechanism {
  check(options);
  const { convolution: size } = options;
  const filter =
    size === undefined
      ? undefined
      : parameter(() => {
          const limit = 1 / Math.sqrt(size);
          return randomUniform(deriveSeed(site.seed, "convolution"), [site.keyValueHeads, size], -limit, limit);
        });
  const attend = (call: Call) => {
    if (filter === undefined) return approximated(call, options, site);
    const convolved = depthwiseConvolution(valuesOf(call, options), filter as Tensor2D); // [B,KH,M,Dv]
    return add(approximated(call, options, site), repeatHeads(convolved, site.heads)) as Tensor4D;
  };
  return {
    parameters: filter === undefined ? {} : { convolution: filter },
    attend,
    weights: (call) => attend({ ...call, v: identityValues(call) }),
  };
}

/** softmax(s Q K~^T) (Z (softmax(s Q~ K^T) V)), from the right: nothing has more than n rows of width L. */
function approximated(call: Call, options: NystromformerOptions, { heads, scale }: Site): Tensor4D {
  const { q, k, v, keyPadding } = call;
  if (q.shape[2] !== k.shape[2])
    throw invalid(who, `there must be as many keys as queries (${q.shape[2]})`, k.shape[2]);
  const { iterations = 6, initialisation = "per-matrix" } = options;
  const settings = { pattern: { causal: false }, scale, queryOffset: 0 };
  const { keys, values, real } = scope("nystromformer landmarks", () => {
    const landmarks = landmarksOf(call, options);
    const queries = landmarks.means(q); // [B,H,L,D]
    const keys = repeatHeads(landmarks.means(k), heads); // [B,H,L,D]
    const inverse = pseudoInverse(amongLandmarks(queries, keys, landmarks, scale), { iterations, initialisation });
    const summary = patternAttention({ q: queries, k, v, keyPadding }, settings); // [B,H,L,Dv]
    const values = matMulHeads(inverse, summary); // [B,H,L,Dv]
    return { keys, values, ...(landmarks.real === undefined ? {} : { real: landmarks.real }) };
  });
  return patternAttention({ q, k: keys, v: values, keyPadding: real }, settings);
}

/** softmax(s Q~ K~^T), [B,H,L,L]; zeros in rows and columns of landmarks without a real position. */
function amongLandmarks(q: Tensor4D, k: Tensor4D, { real }: Landmarks, scale: number): Tensor4D {
  const weights = attentionWeights({ q, k, keyPadding: real }, { pattern: { causal: false }, scale, queryOffset: 0 });
  return real === undefined ? weights : (mul(weights, reshape(real, [real.shape[0], 1, real.shape[1], 1])) as Tensor4D);
}

function landmarksOf({ k, keyPadding }: Call, { landmarks, padding = "absent" }: NystromformerOptions): Landmarks {
  if (keyPadding === undefined || padding === "third-kernel") return wholeSegments(k.shape[2], landmarks);
  return padding === "absent" ? realSegments(keyPadding, landmarks) : maskedSegments(keyPadding, landmarks);
}

/** The values that the convolution sees. */
function valuesOf({ v, keyPadding }: Call, { padding }: NystromformerOptions): Tensor4D {
  if (keyPadding === undefined || padding === "third-kernel") return v;
  return mul(v, reshape(keyPadding, [keyPadding.shape[0], 1, -1, 1])) as Tensor4D;
}

/** The output is linear in the values, so the matrix itself is the answer to the identity [B,KH,M,M]. */
function identityValues({ k }: Call): Tensor4D {
  const [batch, heads, keys] = k.shape;
  return tile(reshape(eye(keys), [1, 1, keys, keys]), [batch, heads, 1, 1]) as Tensor4D;
}

function check({ landmarks, iterations = 6, convolution = 1, ...named }: NystromformerOptions): void {
  positiveInteger(who, "landmarks", landmarks);
  positiveInteger(who, "iterations", iterations);
  positiveInteger(who, "convolution", convolution);
  if (convolution % 2 === 0) throw invalid(who, `convolution ${odd.error}`, convolution);
  const { initialisation = "per-matrix", padding = "absent" } = named;
  if (!initialisations.includes(initialisation))
    throw invalid(who, `initialisation must be ${initialisations.join(" or ")}`, initialisation);
  if (!paddings.includes(padding)) throw invalid(who, `padding must be ${paddings.join(" or ")}`, padding);
}
