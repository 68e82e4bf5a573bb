import { setBackend, type Tensor4D } from "@tensorflow/tfjs-core";
import type { Attention } from "@attention-lab/attention";
import { bahdanau, luong } from "@attention-lab/attention-seq2seq";
import { countByProfile } from "@attention-lab/attention/testkit";
import { randomNormal, scope } from "@attention-lab/tensors";
import { beforeAll, describe, expect, test } from "vitest";
import { peakBytesOf } from "../../attention/test/peak-bytes.ts";

beforeAll(async () => void (await setBackend("cpu")));

const site = {
  heads: 2,
  keyValueHeads: 2,
  headDim: 8,
  valueDim: 6,
  scale: 0.4,
  maxLength: 300,
  causal: false,
  dropout: 0,
  seed: 1,
};

const variants: [string, Attention][] = [
  ["bahdanau", bahdanau({ units: 16, bias: true })],
  ["luong dot", luong({ score: "dot" })],
  ["luong general", luong({ score: "general" })],
  ["luong concat", luong({ score: "concat", units: 12 })],
];

const input = (): never => {
  throw new Error("the attentions of sequence-to-sequence models have no use for the layer's input");
};

/** Runs `measure` on one attend over the given lengths, with the inputs ready. */
async function measured<T>(
  attention: Attention,
  batch: number,
  lengths: [number, number],
  measure: (run: () => void) => T,
) {
  const mechanism = attention.build(site);
  const [queries, keys] = lengths;
  const [q, k, v] = [
    [queries, site.headDim],
    [keys, site.headDim],
    [keys, site.valueDim],
  ].map(([length = 1, width = 1], i) => randomNormal(i, [batch, site.heads, length, width])) as [
    Tensor4D,
    Tensor4D,
    Tensor4D,
  ];
  const call = { q, k, v, input, queryOffset: 0, training: false, step: 0 };
  const result = await measure(() => scope("cost", () => void mechanism.attend(call)));
  for (const each of [q, k, v, ...Object.values(mechanism.parameters)]) each.dispose();
  return result;
}

describe.each(variants)("cost of %s", (_, attention) => {
  test.each([
    [2, 30, 40],
    [1, 1, 50],
  ])("batch %i, %i queries over %i keys: operations as counted", async (batch, queries, keys) => {
    const { multiplyAdds } = await measured(attention, batch, [queries, keys], countByProfile);
    expect(2 * multiplyAdds).toBeCloseTo(attention.cost(site, { batch, queries, keys }).flops, -1);
  });
});

// The other scores run on the attention kernel; without it they are composed, with matrices that it does not make.
test.each(variants.filter(([name]) => name === "bahdanau" || name === "luong concat"))(
  "peak bytes of %s stay below the declared ones, which count an engine's scratch",
  async (_, attention) => {
    const declared = attention.cost(site, { batch: 2, queries: 100, keys: 90 }).peakBytes;
    const peak = await measured(attention, 2, [100, 90], peakBytesOf);
    expect(peak / declared).toBeGreaterThan(0.6);
    expect(peak / declared).toBeLessThan(1.05);
  },
);

test("memory does not hold the hidden layer of all pairs", () => {
  const { peakBytes } = bahdanau({ units: 256 }).cost(site, { batch: 1, queries: 4096, keys: 4096 });
  expect(peakBytes).toBeLessThan((4 * 2 * 4096 * 4096 * 256) / 50);
});
