import { concat, div, mul, softmax, sub, tensor, type Tensor4D, zeros } from "@tensorflow/tfjs-core";
import { defineAttention, type Mechanism, type Site, type StepState, type Support } from "@attention-lab/attention";
import { visibleMask } from "@attention-lab/ops";
import { matMulHeads, maskedSoftmax, prefixSum, repeatHeads } from "@attention-lab/tensors";

const cost = () => ({ flops: 0, peakBytes: 0, parameters: 0, stateBytes: 0 });
const parse = () => ({});
const none = "the toy has no such thing";
const supports = {
  causal: true,
  keyPadding: none,
  crossAttention: none,
  groupedQuery: true,
  scoreBias: none,
  relativeContent: none,
  dropout: none,
  anyLength: true,
  stepwise: true,
  weights: none,
} as const satisfies Support;

/** Softmax attention as in the textbook; decoded with the keys and values so far. */
export const textbook = defineAttention({
  name: "textbook",
  paper: "none",
  version: 1,
  supports,
  parse,
  cost,
  build: (_: unknown, site): Mechanism => ({
    parameters: {},
    attend: ({ q, k, v }) => attend(q, k, v, site),
    stepwise: {
      start: (batch) => ({
        k: empty(batch, site),
        v: empty(batch, site),
      }),
      step(state, next) {
        const k = concat([state["k"] as Tensor4D, next.k], 2);
        const v = concat([state["v"] as Tensor4D, next.v], 2);
        return {
          output: attend(next.q, k, v, {
            ...site,
            causal: false,
          }),
          state: {
            k,
            v,
          } satisfies StepState,
        };
      },
    },
  }),
});

function attend(q: Tensor4D, k: Tensor4D, v: Tensor4D, { heads, scale, causal }: Site): Tensor4D {
  const scores = mul(matMulHeads(q, repeatHeads(k, heads), false, true), scale); // [B,H,N,M]
  const [queries, keys] = [q.shape[2], k.shape[2]];
  const mask = visibleMask({ causal }, { heads: 1, queries, keys, queryOffset: 0 });
  const weights = causal
    ? maskedSoftmax(scores, tensor(Float32Array.from(mask), [1, 1, queries, keys]))
    : softmax(scores);
  return matMulHeads(weights as Tensor4D, repeatHeads(v, heads));
}

const empty = (batch: number, { keyValueHeads, headDim }: Site) =>
  zeros([batch, keyValueHeads, 0, headDim]) as Tensor4D;

/** The mean of the values so far: causal, but without a stepwise form. */
export const runningMean = defineAttention({
  name: "runningMean",
  paper: "none",
  version: 1,
  parse,
  cost,
  supports: {
    ...supports,
    stepwise: none,
  },
  build: (_: unknown, site): Mechanism => ({
    parameters: {},
    attend({ v }) {
      const length = v.shape[2];
      const counts = tensor(
        Float32Array.from({ length }, (_unused, index) => index + 1),
        [1, 1, length, 1],
      );
      return div(prefixSum(repeatHeads(v, site.heads), 2), counts) as Tensor4D;
    },
  }),
});

/** Mixes all positions, so it cannot be causal. */
export const mixing = defineAttention({
  name: "mixing",
  paper: "none",
  version: 1,
  parse,
  cost,
  supports: {
    ...supports,
    causal: "it mixes all positions",
  },
  build: (): Mechanism => ({
    parameters: {},
    attend: ({ q, v }) => sub(q, v) as Tensor4D,
  }),
});
