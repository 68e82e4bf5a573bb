import { type AttentionOptions, kernelNames, type Pattern, patternAttention } from "@attention-lab/ops";
import { randomNormal } from "@attention-lab/tensors";
import {
  cast,
  greater,
  getKernel,
  grads,
  mul,
  sum,
  type Tensor,
  type Tensor2D,
  tensor2d,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { blocks, scattered, strided } from "../../ops/test/sparse-rules.ts";
import { agree, onAdapter } from "./on-adapter.ts";

interface Case {
  readonly name: string;
  readonly sizes: readonly [batch: number, heads: number, kvHeads: number, n: number, m: number, d: number, dv: number];
  readonly pattern: Pattern;
  readonly queryOffset?: number;
  readonly globals?: number[][];
  readonly padded?: boolean;
  readonly biased?: boolean;
  /** Shaw's clip, with key vectors and, where `values` says so, value vectors. */
  readonly clip?: number;
  readonly values?: boolean;
  readonly rate?: number;
}

const window = (before: number, after: number, dilation: number | number[] = 1, causal = false): Pattern => ({
  causal,
  window: { before, after, dilation },
});
const rule = (causal: boolean, sparse: NonNullable<Pattern["sparse"]>): Pattern => ({ causal, sparse });
const full: Pattern = { causal: false };
const causal: Pattern = { causal: true };

const cases: Case[] = [
  { name: "full", sizes: [2, 3, 3, 37, 45, 16, 16], pattern: full },
  { name: "one position", sizes: [1, 1, 1, 1, 1, 16, 16], pattern: full },
  { name: "causal, width 64", sizes: [1, 2, 2, 100, 100, 64, 64], pattern: causal },
  { name: "widths 128 and 40", sizes: [1, 1, 1, 40, 33, 128, 40], pattern: full },
  { name: "odd widths", sizes: [1, 2, 2, 33, 70, 13, 7], pattern: causal },
  { name: "causal behind a cache", sizes: [1, 2, 2, 5, 70, 16, 16], pattern: causal, queryOffset: 65 },
  { name: "grouped heads, padding", sizes: [3, 4, 2, 40, 50, 16, 16], pattern: full, padded: true },
  { name: "heads that do not divide", sizes: [1, 5, 3, 40, 40, 16, 16], pattern: causal },
  { name: "bias", sizes: [2, 3, 3, 70, 45, 16, 16], pattern: full, biased: true },
  {
    name: "causal bias",
    sizes: [2, 2, 1, 65, 97, 16, 16],
    pattern: causal,
    biased: true,
    padded: true,
    queryOffset: 32,
  },
  { name: "window", sizes: [1, 2, 2, 150, 150, 16, 16], pattern: window(20, 9) },
  { name: "dilation per head, bias", sizes: [1, 2, 2, 100, 100, 16, 16], pattern: window(6, 6, [1, 3]), biased: true },
  {
    name: "causal globals, padding",
    sizes: [2, 2, 1, 120, 120, 16, 16],
    pattern: window(8, 0, 2, true),
    globals: [[0, 90], []],
    padded: true,
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
    biased: true,
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
    padded: true,
    biased: true,
    clip: 30,
    values: true,
    rate: 0.2,
  },
];

/** Row 0 has every key, the last of three has none, the rows between lose their last keys. */
function paddingOf(batch: number, keys: number): Tensor2D {
  const seen = (row: number): number => (row === 2 ? 0 : keys - 3 * row);
  return tensor2d(
    Array.from({ length: batch }, (_, b) => Array.from({ length: keys }, (_, j) => (j < seen(b) ? 1 : 0))),
  );
}

/** The output, and the gradients of q, k, v and whatever else the case has. */
function attend(one: Case): Tensor[] {
  const [batch, heads, kvHeads, n, m, d, dv] = one.sizes;
  const options: AttentionOptions = {
    pattern: one.pattern,
    scale: d ** -0.5,
    queryOffset: one.queryOffset ?? 0,
    globals: one.globals,
    dropout: one.rate === undefined ? undefined : { rate: one.rate, seed: 11, step: 4 },
  };
  const offsets = 2 * (one.clip ?? 0) + 1;
  const shapes = [
    [batch, heads, n, d],
    [batch, kvHeads, m, d],
    [batch, kvHeads, m, dv],
    ...(one.biased === true ? [[heads, n + m - 1]] : []),
    ...(one.clip === undefined ? [] : [[offsets, d]]),
    ...(one.values === true ? [[offsets, dv]] : []),
  ];
  const keyPadding = one.padded === true ? paddingOf(batch, m) : undefined;
  const f = (...x: Tensor[]): Tensor => {
    const [q, k, v, ...rest] = x as [Tensor4D, Tensor4D, Tensor4D, ...Tensor2D[]];
    const bias = one.biased === true ? rest.shift() : undefined;
    const [keys, values] = rest;
    const relative = one.clip === undefined || keys === undefined ? undefined : { clip: one.clip, keys, values };
    return patternAttention({ q, k, v, keyPadding, bias, relative }, options);
  };
  const inputs = shapes.map((shape, i) => randomNormal(i + 1, shape));
  const weights = randomNormal(99, [batch, heads, n, dv]);
  return [f(...inputs), ...grads((...x: Tensor[]) => sum(mul(f(...x), weights)))(inputs)];
}

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
