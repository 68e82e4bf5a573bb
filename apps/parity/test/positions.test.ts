import {
  setBackend,
  square,
  sum,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import { accept, type Attention, MultiHeadAttention, type Position } from "@attention-lab/attention";
import { full } from "@attention-lab/attention-full";
import { longformer } from "@attention-lab/attention-longformer";
import { linformer } from "@attention-lab/attention-low-rank";
import { performer } from "@attention-lab/attention-performer";
import { useBackend } from "@attention-lab/backends";
import { describeEngines } from "@attention-lab/kernels";
import { DecoderOnlyTransformer, type DecoderState } from "@attention-lab/models";
import {
  alibi,
  index,
  learned,
  type PositionEncoding,
  type PositionVariant,
  rope,
  shaw,
  sinusoidal,
  t5,
} from "@attention-lab/position-encodings";
import { integers, randomNormal, valueAndGradients } from "@attention-lab/tensors";
import { beforeAll, describe, expect, test } from "vitest";

// Position encodings in whole models, and their gradients through the fused kernels: what no package alone can test.

const byName = Object.fromEntries(
  [alibi, index, learned, rope, shaw, sinusoidal, t5].map((variant) => [variant.position, variant as PositionVariant]),
);
const named = (name: string, options: unknown = {}): PositionEncoding => {
  const variant = byName[name] as PositionVariant;
  return variant(variant.parse(options));
};
const yarn = { kind: "yarn", factor: 4, originalLength: 16 };
const everyPosition: [string, object][] = [
  ["alibi", {}],
  ["alibi", { form: "signed" }],
  ["index", {}],
  ["index", { unit: "fraction" }],
  ["learned", {}],
  ["rope", {}],
  ["rope", { scaling: { kind: "linear", factor: 4 } }],
  ["rope", { scaling: { kind: "ntk", factor: 4 } }],
  ["rope", { scaling: yarn, pairing: "half" }],
  ["shaw", { clip: 3 }],
  ["shaw", { clip: 30, values: "none", sides: "both", perLayer: false }],
  ["sinusoidal", {}],
  ["t5", { buckets: 8, maxDistance: 12, direction: "causal", deviation: 1 }],
  ["t5", { buckets: 8, maxDistance: 12, deviation: 1 }],
];

const favor = performer({ features: 16, map: "positive", orthogonal: true });
const sizes = { dModel: 16, heads: 4, maxLength: 24, seed: 3 };
function model(position: PositionEncoding, attention: Attention): DecoderOnlyTransformer {
  const block = { layers: 2, feedForward: 16, norm: "pre", activation: "relu", dropout: 0 } as const;
  return new DecoderOnlyTransformer({ ...sizes, ...block, vocabulary: 7, tied: true, position, attention });
}
const ids = (values: Iterable<number>): Tensor2D => {
  const list = [...values];
  return tensor2d(list, [1, list.length], "int32");
};
const free = (variables: Iterable<Variable>) => {
  for (const variable of variables) variable.dispose();
};
const largest = (got: ArrayLike<number>, want: ArrayLike<number>) =>
  Math.max(...Array.from(want, (value, i) => Math.abs((got[i] ?? Number.NaN) - value)));

const available = (await describeEngines()).filter((engine) => engine.available).map(({ name }) => name);

/** The gradient of the table of a t5 bias, 150 positions long: several of the kernels' tiles. */
async function tableGradient(attention: Attention, causal: boolean): Promise<number[]> {
  const direction = causal ? "causal" : "bidirectional";
  const encoding = named("t5", { buckets: 16, maxDistance: 60, direction, deviation: 1 });
  const [dModel, heads, maxLength] = [24, 3, 150];
  const position: Position = encoding.build({ dModel, heads, headDim: 8, maxLength, seed: 5 });
  const { bias } = position;
  if (bias === undefined) throw new Error("t5 must have a bias");
  const layer = new MultiHeadAttention({
    name: "layer",
    attention: accept(attention, ["causal", "scoreBias"]),
    dModel,
    heads,
    maxLength,
    causal,
    bias: false,
    scale: 1,
    seed: 7,
    position: { name: "t5", parameters: position.parameters, bias },
  });
  const weight = position.parameters["weight"] as Variable;
  const { value, gradients } = valueAndGradients(
    () => sum(square(layer.call(randomNormal(9, [2, 150, dModel]) as Tensor3D))),
    [weight],
  );
  const gradient = [...((await gradients[0]?.data()) ?? [])];
  value.dispose();
  gradients[0]?.dispose();
  free([weight, ...Object.values(layer.parameters())]);
  return gradient;
}

const scoring: [string, Attention, boolean][] = [
  ["full", full({}), false],
  ["full, causal", full({}), true],
  ["longformer", longformer({ before: 20, after: 20 }), false],
  ["longformer, causal", longformer({ before: 40, after: 0 }), true],
];
describe.each(scoring)("the gradient of a t5 table through %s attention", (_, attention, causal) => {
  let want: number[] = [];
  beforeAll(async () => {
    await setBackend("cpu");
    want = await tableGradient(attention, causal);
  });

  test.each(available)("is on the %s engine what it is without kernels", async (engine) => {
    await useBackend(engine);
    const size = Math.max(...want.map(Math.abs));
    expect(size).toBeGreaterThan(0.01);
    expect(largest(await tableGradient(attention, causal), want) / size).toBeLessThan(1e-5);
  });
});

describe.each(["cpu", ...available])("on the %s backend", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  test.each(everyPosition)("%s %o makes a language model that decodes step by step as at once", (name, options) => {
    const built = model(named(name, options), full({}));
    const sequence = [...integers(4, 20, 7)];
    const whole = tidy(() => built.logits(ids(sequence))).dataSync();
    expect(built.stepwise).toBe(true);
    tidy(() => {
      let state: DecoderState = built.start(1);
      for (const [i, id] of sequence.entries()) {
        const stepped = built.step(state, ids([id]).as1D());
        expect(largest(stepped.logits.dataSync(), whole.slice(7 * i, 7 * i + 7))).toBeLessThan(1e-5);
        state = stepped.state;
      }
    });
    free(Object.values(built.parameters()));
  });
});

describe("without kernels", () => {
  beforeAll(async () => {
    await setBackend("cpu");
  });

  test.each(everyPosition)("%s %o shows the model the order of earlier tokens", (name, options) => {
    const built = model(named(name, options), full({}));
    const last = (sequence: number[]) =>
      tidy(() => built.logits(ids(sequence)))
        .dataSync()
        .slice(-7);
    expect(largest(last([1, 2, 3, 4]), last([3, 1, 2, 4]))).toBeGreaterThan(1e-5);
    free(Object.values(built.parameters()));
  });

  const biases: [string][] = [["alibi"], ["t5"]];
  test.each(biases)("%s is refused by variants that form no scores, in their own words", (name) => {
    expect(() => model(named(name), favor)).toThrow(
      /^performer attention cannot honour "scoreBias": random features replace the scores: a bias for each offset/,
    );
    const position = named(name).build({ ...sizes, headDim: 4 });
    const attention: Attention = linformer({ rank: 4, sharing: "none" });
    expect(() => new MultiHeadAttention({ ...sizes, name: "layer", attention, position } as never)).toThrow(
      /^linformer attention cannot honour "scoreBias": /,
    );
  });

  test("shaw is refused by them too, and taken by those that do", () => {
    expect(() => model(named("shaw"), favor)).toThrow(/^performer attention cannot honour "relativeContent": /);
    expect(() => model(named("shaw"), longformer({ before: 2, after: 0 }))).toThrow(
      /^longformer attention cannot honour "relativeContent": /,
    );
  });

  test("performer takes every encoding that leaves the scores alone", () => {
    for (const [name, options] of everyPosition.filter(([name]) => !["alibi", "t5", "shaw"].includes(name))) {
      const built = model(named(name, options), favor);
      expect(tidy(() => built.logits(ids([1, 2, 3]))).shape).toEqual([1, 3, 7]);
      free(Object.values(built.parameters()));
    }
  });
});
