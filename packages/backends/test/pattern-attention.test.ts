import { type Pattern, patternAttention } from "@attention-lab/ops";
import { setBackend, type Tensor, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blocks, scattered, strided } from "../../ops/test/sparse-rules.ts";
import { peakBytes } from "../src/index.ts";
import { type AttentionCase, attend, window } from "./attention-case.ts";
import { R, valueAndGradients } from "./differentiate.ts";
import { comparison, engineNames } from "./engines.ts";

const exact = { exact: true, perHead: false };
const perHead = { exact: true, perHead: true };
const lazy = { exact: false, perHead: false };
const whole: Pattern = { causal: false };
const causal: Pattern = { causal: true };

const attentionCases: AttentionCase[] = [
  { name: "full", sizes: [2, 3, 3, 37, 37, 16, 16], pattern: whole },
  { name: "one position", sizes: [1, 1, 1, 1, 1, 4, 4], pattern: whole },
  { name: "several tiles", sizes: [1, 2, 2, 150, 150, 64, 64], pattern: whole },
  { name: "odd widths", sizes: [1, 2, 2, 33, 29, 13, 7], pattern: whole },
  { name: "causal", sizes: [1, 2, 2, 130, 130, 32, 32], pattern: causal },
  { name: "causal behind a cache", sizes: [1, 2, 2, 5, 70, 16, 16], pattern: causal, queryOffset: 65 },
  { name: "grouped heads", sizes: [2, 4, 2, 40, 50, 16, 24], pattern: whole },
  { name: "one key-value head", sizes: [1, 4, 1, 40, 40, 16, 16], pattern: causal },
  { name: "key padding", sizes: [3, 2, 2, 40, 45, 16, 16], pattern: whole, padding: true },
  { name: "bias by offset", sizes: [2, 3, 3, 40, 45, 16, 16], pattern: whole, bias: true },
  { name: "causal bias and padding", sizes: [2, 3, 3, 70, 70, 16, 16], pattern: causal, bias: true, padding: true },
  { name: "window", sizes: [1, 2, 2, 200, 200, 16, 16], pattern: window(20, 9) },
  { name: "causal window", sizes: [1, 2, 2, 200, 200, 16, 16], pattern: window(30, 0, 1, true) },
  { name: "dilation per head", sizes: [1, 2, 2, 150, 150, 16, 16], pattern: window(6, 6, [1, 3]) },
  { name: "globals", sizes: [2, 2, 2, 150, 150, 16, 16], pattern: window(8, 8), globals: [[0, 140], [3]] },
  {
    name: "causal globals, padding",
    sizes: [2, 2, 1, 150, 150, 16, 16],
    pattern: window(8, 0, 2, true),
    globals: [[0], []],
    padding: true,
  },
  { name: "a window beyond the keys", sizes: [1, 1, 1, 60, 20, 8, 8], pattern: window(2, 2) },
  { name: "blocks", sizes: [2, 2, 2, 150, 150, 16, 16], pattern: { causal: false, sparse: blocks(20, exact) } },
  {
    name: "blocks of heads",
    sizes: [1, 3, 1, 90, 130, 8, 8],
    pattern: { causal: true, sparse: blocks(7, perHead) },
    queryOffset: 40,
  },
  {
    name: "strided",
    sizes: [1, 2, 2, 200, 200, 16, 16],
    pattern: { causal: true, sparse: strided(33, lazy) },
    padding: true,
  },
  {
    name: "scattered, biased",
    sizes: [1, 2, 1, 70, 99, 8, 8],
    pattern: { causal: false, sparse: scattered(5, perHead) },
    bias: true,
  },
  { name: "relative keys", sizes: [2, 2, 1, 80, 80, 16, 8], pattern: causal, clip: 9 },
  {
    name: "relative keys and values",
    sizes: [1, 2, 2, 70, 90, 16, 8],
    pattern: whole,
    clip: 16,
    values: true,
    queryOffset: 11,
  },
  { name: "relative, clip of 1", sizes: [1, 1, 1, 30, 30, 4, 4], pattern: whole, clip: 1, values: true },
  { name: "dropout", sizes: [2, 3, 3, 61, 67, 16, 16], pattern: whole, rate: 0.3 },
  {
    name: "all at once",
    sizes: [3, 4, 2, 130, 130, 12, 20],
    pattern: { causal: true, sparse: strided(40, exact) },
    padding: true,
    bias: true,
    clip: 30,
    values: true,
    rate: 0.2,
  },
];

describe.each(engineNames)("pattern attention on the %s engine equals its composition", (name) => {
  const { agree, start, stop } = comparison(name, 1e-4);
  beforeAll(start);
  afterAll(stop);

  test.each(attentionCases)("$name", (one) => agree(() => attend(one), "attentionGradient"));

  test("relative terms on both sides are composed", () => {
    const inputs = () => [R([1, 2, 20, 8]), R([1, 2, 20, 8], 2), R([1, 2, 20, 8], 3), R([9, 8], 4)];
    const both = (...[q, k, v, keys]: Tensor[]): Tensor =>
      patternAttention(
        {
          q: q as Tensor4D,
          k: k as Tensor4D,
          v: v as Tensor4D,
          relative: { clip: 4, keys: keys as Tensor2D, sides: "both" },
        },
        { pattern: causal, scale: 0.3, queryOffset: 0 },
      );
    return agree(() => valueAndGradients(both, inputs()), "softmax");
  });

  test.each([
    ["a window", { pattern: window(10, 10) }],
    ["a sparse rule and dropped weights", { pattern: { causal: true, sparse: blocks(32, exact) }, rate: 0.1 }],
  ])(
    "allocates its outputs and nothing else: %s",
    async (_, { pattern, rate }: { pattern: Pattern; rate?: number }) => {
      await setBackend(`attn-${name}`);
      const [batch, heads, n, d] = [1, 2, 300, 16];
      const q = R<Tensor4D>([batch, heads, n, d]);
      const peak = peakBytes();
      peak.reset();
      const dropout = rate === undefined ? undefined : { rate, seed: 1, step: 1 };
      patternAttention({ q, k: q, v: q }, { pattern, scale: 1, queryOffset: 0, dropout }).dispose();
      expect(peak.read()).toBe(4 * (heads * n * d + heads * n));
      q.dispose();
    },
  );

  test("relative terms take memory by query and offset, not by query and key", async () => {
    await setBackend(`attn-${name}`);
    const [heads, n, d, clip] = [2, 700, 16, 8];
    const [q, keys, values] = [R<Tensor4D>([1, heads, n, d]), R<Tensor2D>([17, d], 2), R<Tensor2D>([17, d], 3)];
    const peak = peakBytes();
    peak.reset();
    const relative = { clip, keys, values };
    patternAttention({ q, k: q, v: q, relative }, { pattern: causal, scale: 1, queryOffset: 0 }).dispose();
    // Scores, scaled scores and sums by offset; out, what it gains and their sum; log-sum-exp and the turned tables.
    expect(peak.read()).toBeLessThan(4 * heads * n * (3 * 17 + 3 * d + 2));
    for (const x of [q, keys, values]) x.dispose();
  });
});
