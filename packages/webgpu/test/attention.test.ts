import { kernelNames, type Pattern, patternAttention } from "@attention-lab/ops";
import { randomNormal } from "@attention-lab/tensors";
import { cast, getKernel, greater, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { type AttentionCase, attend, paddingOf, window } from "../../backends/test/attention-case.ts";
import { blocks, scattered, strided } from "../../ops/test/sparse-rules.ts";
import { agree, onAdapter } from "./on-adapter.ts";

const rule = (causal: boolean, sparse: NonNullable<Pattern["sparse"]>): Pattern => ({ causal, sparse });
const full: Pattern = { causal: false };
const causal: Pattern = { causal: true };

const cases: AttentionCase[] = [
  { name: "full", sizes: [2, 3, 3, 37, 45, 16, 16], pattern: full },
  { name: "one position", sizes: [1, 1, 1, 1, 1, 16, 16], pattern: full },
  { name: "causal, width 64", sizes: [1, 2, 2, 100, 100, 64, 64], pattern: causal },
  { name: "widths 128 and 40", sizes: [1, 1, 1, 40, 33, 128, 40], pattern: full },
  { name: "odd widths", sizes: [1, 2, 2, 33, 70, 13, 7], pattern: causal },
  { name: "causal behind a cache", sizes: [1, 2, 2, 5, 70, 16, 16], pattern: causal, queryOffset: 65 },
  { name: "grouped heads, padding", sizes: [3, 4, 2, 40, 50, 16, 16], pattern: full, padding: true },
  { name: "heads that do not divide", sizes: [1, 5, 3, 40, 40, 16, 16], pattern: causal },
  { name: "bias", sizes: [2, 3, 3, 70, 45, 16, 16], pattern: full, bias: true },
  {
    name: "causal bias",
    sizes: [2, 2, 1, 65, 97, 16, 16],
    pattern: causal,
    bias: true,
    padding: true,
    queryOffset: 32,
  },
  { name: "window", sizes: [1, 2, 2, 150, 150, 16, 16], pattern: window(20, 9) },
  { name: "dilation per head, bias", sizes: [1, 2, 2, 100, 100, 16, 16], pattern: window(6, 6, [1, 3]), bias: true },
  {
    name: "causal globals, padding",
    sizes: [2, 2, 1, 120, 120, 16, 16],
    pattern: window(8, 0, 2, true),
    globals: [[0, 90], []],
    padding: true,
  },
  { name: "endless window", sizes: [1, 1, 1, 60, 20, 16, 16], pattern: window(2 ** 40, 2) },
  {
    name: "blocks",
    sizes: [1, 2, 2, 90, 90, 16, 16],
    pattern: rule(false, blocks(20, { exact: true, perHead: true })),
  },
  {
    name: "strided",
    sizes: [1, 2, 2, 99, 99, 16, 16],
    pattern: rule(true, strided(33, { exact: false, perHead: false })),
  },
  {
    name: "scattered, biased",
    sizes: [1, 2, 1, 70, 99, 16, 16],
    pattern: rule(false, scattered(5, { exact: true, perHead: true })),
    bias: true,
  },
  {
    name: "relative keys and values",
    sizes: [1, 2, 2, 70, 90, 16, 8],
    pattern: full,
    clip: 16,
    values: true,
    queryOffset: 11,
  },
  { name: "dropout", sizes: [2, 3, 3, 61, 67, 16, 16], pattern: full, rate: 0.3 },
  {
    name: "all at once",
    sizes: [3, 4, 2, 70, 70, 12, 20],
    pattern: rule(true, strided(40, { exact: true, perHead: false })),
    padding: true,
    bias: true,
    clip: 30,
    values: true,
    rate: 0.2,
  },
];

onAdapter("pattern attention by our kernels equals its composition", () => {
  test("has its kernels", () => {
    const absent = kernelNames.filter((name) => getKernel(name, "webgpu") == null);
    expect(absent).toEqual([]);
  });

  test.each(cases)("$name", (one) => agree(() => attend(one)));

  // TensorFlow.js only renames truth values that are cast on WebGPU: the buffer holds integers still.
  test("padding that was cast from truth values", () =>
    agree(() => {
      const [q, k, v] = [1, 2, 3].map((seed) => randomNormal(seed, [2, 1, 9, 8]) as Tensor4D);
      if (q === undefined || k === undefined || v === undefined) return [];
      const keyPadding = cast(greater(paddingOf(2, 9), 0), "float32") as Tensor2D;
      return patternAttention({ q, k, v, keyPadding }, { pattern: { causal: false }, scale: 0.5, queryOffset: 0 });
    }));
});
