import { concat, type Tensor4D } from "@tensorflow/tfjs-core";
import { attentionWeights, composedAttention } from "@attention-lab/ops";
import {
  type Attention,
  biasTable,
  type Call,
  type Cost,
  defineAttention,
  type Feature,
  type Mechanism,
  parseOptions,
  type Site,
  type Support,
} from "@attention-lab/attention";
import { z } from "zod";

/** What a broken toy does differently; nothing: it is right. */
export interface Fault {
  readonly supports?: Partial<Record<Feature, true | string>>;
  readonly attend?: (call: Call, site: Site) => Tensor4D;
  readonly mechanism?: (right: Mechanism, site: Site) => Mechanism;
  readonly cost?: (right: Cost) => Cost;
  readonly noPattern?: true;
}

const right: Support = {
  causal: true,
  keyPadding: true,
  crossAttention: true,
  groupedQuery: true,
  scoreBias: true,
  relativeContent: "a toy has no tables",
  dropout: true,
  anyLength: true,
  stepwise: true,
  weights: true,
};

/** Textbook attention of stock operations: the testkit's first subject, and what the faults are planted in. */
export function toy(fault: Fault = {}): Attention {
  return defineAttention({
    name: "toy",
    paper: "none",
    version: 1,
    supports: { ...right, ...fault.supports },
    parse: (raw) => parseOptions("toy attention", z.strictObject({}), raw),
    build: (_options, site) => {
      const attend = (call: Call) => (fault.attend ?? textbook)(call, site);
      const mechanism: Mechanism = {
        parameters: {},
        attend,
        weights: (call) => attentionWeights(inputsOf(call, site), settingsOf(call, site)),
        stepwise: {
          start: () => ({}),
          step(state, { q, k, v, position }) {
            const grown = (name: string, next: Tensor4D) => {
              const held = state[name];
              return held === undefined ? next : concat([held as Tensor4D, next], 2);
            };
            const [keys, values] = [grown("keys", k), grown("values", v)];
            const call = { q, k: keys, v: values, input: noInput, queryOffset: position, training: false, step: 0 };
            return { output: attend(call), state: { keys, values } };
          },
        },
      };
      return fault.mechanism?.(mechanism, site) ?? mechanism;
    },
    cost: (_options, site, { batch, queries, keys }) => {
      const { heads, keyValueHeads, headDim, valueDim, causal } = site;
      // The composition computes hidden pairs too.
      const pairs = heads * queries * keys;
      const cost = {
        flops: 2 * batch * pairs * (headDim + valueDim),
        peakBytes: 4 * batch * heads * queries * keys * (causal ? 5 : 3),
        parameters: 0,
        stateBytes: 4 * batch * keyValueHeads * queries * (headDim + valueDim),
      };
      return fault.cost?.(cost) ?? cost;
    },
    ...(fault.noPattern === undefined ? { pattern: (_options: unknown, { causal }: Site) => ({ causal }) } : {}),
  })({});
}

export function textbook(call: Call, site: Site): Tensor4D {
  return composedAttention(inputsOf(call, site), settingsOf(call, site));
}

export function inputsOf({ q, k, v, keyPadding, queryOffset }: Call, site: Site) {
  const bias = biasTable(site, { queries: q.shape[2], keys: k.shape[2], queryOffset });
  return { q, k, v, keyPadding, bias };
}

export function settingsOf({ queryOffset, training, step }: Call, { causal, scale, dropout, seed }: Site) {
  const drops = training && dropout > 0 ? { rate: dropout, seed, step } : undefined;
  return { pattern: { causal }, scale, queryOffset, dropout: drops };
}

export function noInput(): never {
  throw new Error("toy attention: the layer's input must not be asked for, got asked");
}
