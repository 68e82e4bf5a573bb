import {
  add,
  clone,
  div,
  keep,
  max,
  mean,
  mul,
  ones,
  reshape,
  slice,
  type Tensor4D,
  tile,
  zeros,
} from "@tensorflow/tfjs-core";
import type { Call, Mechanism, Site } from "@attention-lab/attention";
import { type Oracle, softmaxOracle } from "@attention-lab/attention/testkit";
import { composedAttention } from "@attention-lab/ops";
import { repeatHeads, withGradient } from "@attention-lab/tensors";
import { type Fault, inputsOf, settingsOf, textbook } from "./toy.ts";

const sameLength = ({ q, k }: Call) => q.shape[2] === k.shape[2];
const stopGradient = (x: Tensor4D) => withGradient([x], () => ({ value: clone(x), gradient: (dy) => [mul(dy, 0)] }));

/** A fault with the beginnings of checks that must notice it. */
export interface NoticedFault {
  readonly fault: Fault;
  readonly noticed: readonly string[];
  readonly oracle?: Oracle;
}

/** What implementations get wrong, each as a toy that does. */
export const faults: Readonly<Record<string, NoticedFault>> = {
  "leaks the future": {
    fault: { attend: (call, site) => textbook(call, { ...site, causal: false }) },
    noticed: [
      "no future leak, changes scaled 1x",
      "no future leak, changes scaled 3x",
      "no future leak, changes scaled 10x",
      "outputs, causal",
    ],
  },
  "leaks the future, and its oracle does too": {
    fault: { attend: (call, site) => textbook(call, { ...site, causal: false }), noPattern: true },
    oracle: (call) => softmaxOracle(call, () => true),
    noticed: ["no future leak, changes scaled 1x"],
  },
  "mixes later queries in": {
    fault: {
      attend: (call, site) => textbook({ ...call, q: add(call.q, mul(mean(call.q, 2, true), 0.1)) as Tensor4D }, site),
    },
    noticed: ["no future leak, changes scaled 1x", "no future leak, changes scaled 10x"],
  },
  "ignores the past, and its oracle does too": {
    fault: { attend: ownKeyOnly, noPattern: true },
    oracle: (call) => softmaxOracle(call, ({ query, key }) => !call.site.causal || key === query + call.queryOffset),
    noticed: ["past influence, changes scaled 1x", "past influence, changes scaled 10x"],
  },
  "takes the wrong scale": {
    fault: { attend: (call, site) => textbook(call, { ...site, scale: 1 / site.headDim }) },
    noticed: ["outputs, not causal", "outputs, causal", "gradients, not causal"],
  },
  "ignores the site's scale": {
    fault: { attend: (call, site) => textbook(call, { ...site, scale: 1 / Math.sqrt(site.headDim) }) },
    noticed: ["outputs, not causal, scale 0.8 of the default"],
  },
  "passes no gradient to the keys": {
    fault: { attend: (call, site) => textbook({ ...call, k: stopGradient(call.k) }, site) },
    noticed: ["gradients, not causal", "gradients, causal"],
  },
  "keeps a tensor of each call": {
    fault: { attend: (call, site) => clone(keep(textbook(call, site))) },
    noticed: ["no leaked tensor, not causal", "no leaked tensor, causal", "stepwise"],
  },
  "builds a constant that it does not declare": {
    fault: { mechanism: (right) => ({ ...right, attend: right.attend, secret: ones([3]) }) as Mechanism },
    noticed: ["build keeps no undeclared tensor"],
  },
  "reads the wrong key-value head": {
    fault: {
      attend: (call, site) => {
        const order = (x: Tensor4D) => (site.keyValueHeads === 2 && site.heads === 4 ? secondHead(x) : x);
        return textbook({ ...call, k: order(call.k), v: order(call.v) }, site);
      },
    },
    noticed: ["outputs, not causal, 4 heads over 2"],
  },
  "claims padding and ignores it": {
    fault: {
      attend: (call, site) =>
        composedAttention({ ...inputsOf(call, site), keyPadding: undefined }, settingsOf(call, site)),
    },
    noticed: [
      "padding, not causal: equals the oracle",
      "padding, not causal: its contents do not matter",
      "padding, causal: equals the oracle",
      "padding, not causal: equals the sequence without it",
      "padding, not causal: a row of padding alone",
      "gradients, not causal, with padding",
    ],
  },
  "claims cross-attention and reads the first keys only": {
    fault: {
      attend: (call, site) =>
        sameLength(call) || call.queryOffset > 0 || call.k.shape[2] < call.q.shape[2]
          ? textbook(call, site)
          : textbook(shortened(call), site),
    },
    noticed: ["outputs, 5 queries over 8 keys"],
  },
  "claims any length and cuts at maxLength": {
    fault: {
      attend: (call, site) => {
        const output = textbook(call, site);
        const surplus = output.shape[2] - site.maxLength;
        return surplus <= 0 ? output : (mul(output, 0.5) as Tensor4D);
      },
    },
    noticed: ["outputs, not causal, length 27"],
  },
  "is wrong one past its width": {
    fault: { attend: (call, site) => mul(textbook(call, site), call.q.shape[2] === 10 ? 1.01 : 1) as Tensor4D },
    noticed: ["outputs, not causal, length 10", "outputs, causal, length 10"],
  },
  "claims a score bias and ignores it": {
    fault: { attend: (call, { bias: _bias, ...site }) => textbook(call, site) },
    noticed: ["score bias, not causal", "score bias, causal"],
  },
  "claims relative tables and has none": {
    fault: { supports: { relativeContent: true } },
    noticed: ["relative tables, not causal", "relative tables, causal"],
  },
  "claims dropout and drops nothing": {
    fault: { attend: (call, site) => textbook(call, { ...site, dropout: 0 }) },
    noticed: ["dropout"],
  },
  "drops outside training": {
    fault: { attend: (call, site) => textbook({ ...call, training: true }, site) },
    noticed: ["dropout"],
  },
  "drops without scaling up what is left": {
    fault: { attend: (call, site) => mul(textbook(call, site), call.training ? 1 - site.dropout : 1) as Tensor4D },
    noticed: ["dropout"],
  },
  "shows other weights than it uses": {
    fault: {
      mechanism: (right) => ({
        ...right,
        weights: (call) => zeros([2, 2, call.q.shape[2], call.k.shape[2]]) as Tensor4D,
      }),
    },
    noticed: ["weights times values give the output, not causal"],
  },
  "claims stepwise and offers none": {
    fault: { mechanism: ({ parameters, attend }) => ({ parameters, attend }) },
    noticed: ["stepwise equals the full form, 2 heads over 2", "stepwise equals the full form, 4 heads over 2"],
  },
  "forgets the past step by step": {
    fault: {
      mechanism: (right) => ({
        ...right,
        stepwise: { start: () => ({}), step: (state, { v }) => ({ output: repeatHeads(v, 2), state }) },
      }),
    },
    noticed: ["stepwise equals the full form, 2 heads over 2"],
  },
  "declares half its operations": {
    fault: { cost: (right) => ({ ...right, flops: right.flops / 2 }) },
    noticed: ["cost, not causal: operations as counted", "cost, causal: operations as counted"],
  },
  "declares parameters that it has not": {
    fault: { cost: (right) => ({ ...right, parameters: 5 }) },
    noticed: ["cost, not causal: finite, parameters as built"],
  },
  "declares a cost that is no number": {
    fault: { cost: (right) => ({ ...right, peakBytes: Number.NaN }) },
    noticed: ["cost, causal: finite, parameters as built"],
  },
  "declares a smaller state than it keeps": {
    fault: { cost: (right) => ({ ...right, stateBytes: 8 }) },
    noticed: ["stepwise equals the full form, 2 heads over 2"],
  },
  "gives not-a-number for a row of padding": {
    fault: {
      attend: (call, site) => {
        const output = textbook(call, site);
        return call.keyPadding === undefined ? output : (mul(output, nanWhereEmpty(call)) as Tensor4D);
      },
    },
    noticed: ["padding, not causal: a row of padding alone gives zeros"],
  },
};

/** Causal rows see their own key alone. */
function ownKeyOnly(call: Call, site: Site): Tensor4D {
  if (!site.causal) return textbook(call, site);
  const window = { before: 0, after: 0, dilation: 1 };
  return composedAttention(inputsOf(call, site), { ...settingsOf(call, site), pattern: { causal: true, window } });
}

/** The second key-value head for all four heads. */
function secondHead(x: Tensor4D): Tensor4D {
  const [batch, , length, width] = x.shape;
  return tile(slice(x, [0, 1, 0, 0], [batch, 1, length, width]), [1, 4, 1, 1]);
}

function shortened(call: Call): Call {
  const [batch, heads, queries] = call.q.shape;
  const cut = (x: Tensor4D) => slice(x, [0, 0, 0, 0], [batch, heads, queries, -1]) as Tensor4D;
  return { ...call, k: cut(call.k), v: cut(call.v) };
}

/** NaN for batch rows whose padding is all zeros, 1 for others. */
function nanWhereEmpty({ keyPadding }: Call): Tensor4D {
  const total = max(keyPadding ?? ones([2, 1]), 1, true);
  return reshape(div(total, total), [-1, 1, 1, 1]);
}
