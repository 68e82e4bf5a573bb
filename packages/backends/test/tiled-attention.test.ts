import type { KernelName, Pattern } from "@attention-lab/ops";
import {
  type KernelFunc,
  memory,
  registerKernel,
  setBackend,
  type Tensor,
  type Tensor4D,
  tidy,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { loadEngine } from "@attention-lab/kernels";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { blocks } from "../../ops/test/sparse-rules.ts";
import { bridgedKernel } from "../src/engine-bridge.ts";
import { peakBytes, registerEngine } from "../src/index.ts";
import { coversTiled, tiledAttention, tiledAttentionGradient } from "../src/tiled-attention.ts";
import { type AttentionCase, attend, window } from "./attention-case.ts";
import { R } from "./differentiate.ts";

// Both ways to give a foreign backend attention without its N x M matrix, tried on the stock cpu backend in place of native TensorFlow.

const engine = await loadEngine("wasm", { threads: 1 });
type Call = Parameters<KernelFunc>[0];
const calls = { tiled: 0 };
const counting =
  (kernel: KernelFunc): KernelFunc =>
  (call) => {
    expect(coversTiled(call)).toBe(true);
    calls.tiled++;
    return kernel(call);
  };
const ways: Readonly<Record<string, Partial<Record<KernelName, KernelFunc>>>> = {
  tiled: { PatternAttention: counting(tiledAttention), PatternAttentionGrad: counting(tiledAttentionGradient) },
  bridged: {
    PatternAttention: bridgedKernel("PatternAttention", engine),
    PatternAttentionGrad: bridgedKernel("PatternAttentionGrad", engine),
  },
};

const causal: Pattern = { causal: true };
const rule = blocks(40, { exact: true, perHead: true });
const cases: AttentionCase[] = [
  { name: "full", sizes: [2, 3, 3, 37, 41, 8, 6], pattern: { causal: false } },
  { name: "causal, several rows", sizes: [1, 1, 1, 200, 200, 4, 4], pattern: causal },
  { name: "causal behind a cache", sizes: [1, 2, 2, 5, 70, 8, 8], pattern: causal, queryOffset: 65 },
  { name: "grouped heads, padding, bias", sizes: [3, 4, 2, 40, 35, 8, 4], pattern: causal, padding: true, bias: true },
  { name: "bias over several rows", sizes: [1, 1, 1, 140, 130, 2, 2], pattern: { causal: false }, bias: true },
  { name: "window", sizes: [1, 1, 1, 300, 300, 4, 4], pattern: window(20, 9) },
  { name: "dilation per head", sizes: [1, 2, 1, 300, 300, 4, 4], pattern: window(6, 6, [1, 3]) },
  { name: "globals", sizes: [2, 1, 1, 530, 530, 2, 2], pattern: window(8, 0, 1, true), globals: [[0, 520], [3]] },
  { name: "a window beyond the keys", sizes: [1, 1, 1, 60, 20, 8, 8], pattern: window(2, 2) },
  { name: "blocks of heads", sizes: [1, 2, 2, 270, 270, 2, 2], pattern: { causal: true, sparse: rule } },
];

const registered: KernelName[] = [];
function register(way: string): void {
  for (const [kernelName, kernelFunc] of Object.entries(ways[way] ?? {})) {
    registerKernel({ kernelName, backendName: "cpu", kernelFunc });
    registered.push(kernelName as KernelName);
  }
}

beforeAll(async () => void (await setBackend("cpu")));
afterEach(() => registered.splice(0).forEach((name) => unregisterKernel(name, "cpu")));

describe.each(Object.keys(ways))("attention on a foreign backend, %s, equals its composition", (way) => {
  test.each(cases)("$name", (one) => {
    const answers = (): number[][] => tidy(() => attend(one).map((x) => Array.from(x.dataSync())));
    const before = memory();
    const wanted = answers();
    register(way);
    const got = answers();
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
    expect(calls.tiled > 0).toBe(true);
    for (const [i, values] of wanted.entries()) {
      const size = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
      const worst = values.reduce((most, value, j) => Math.max(most, Math.abs(value - (got[i]?.[j] ?? Number.NaN))), 0);
      expect(got[i]).toHaveLength(values.length);
      expect(worst / size, `output or gradient ${i}`).toBeLessThan(2e-5);
    }
  });
});

test("what is tiled never holds the score matrix", async () => {
  registerEngine(engine);
  await setBackend("attn-wasm");
  const [n, width] = [2048, 4];
  const q = R<Tensor4D>([1, 1, n, width]);
  const peak = peakBytes();
  peak.reset();
  const attrs = { pattern: window(64, 64), scale: 1, queryOffset: 0 };
  const outputs = tidy(
    () => tiledAttention({ inputs: { q, k: q, v: q }, attrs, backend: undefined } as unknown as Call) as Tensor[],
  );
  // Three tiles of 256 x 256 pairs, in up to eight copies each.
  expect(peak.read()).toBeLessThan(4 * (8 * 3 * 256 * 256 + 8 * n * width));
  expect(peak.read()).toBeLessThan((4 * n * n) / 2);
  for (const x of [q, ...outputs]) x.dispose();
  await setBackend("cpu");
});

test("dropped weights and terms by offset are not tiled", () => {
  const call = (attrs: object, inputs: object = {}) =>
    coversTiled({ attrs, inputs, backend: undefined } as unknown as Call);
  expect(call({})).toBe(true);
  expect(call({ dropout: { rate: 0.5 } })).toBe(false);
  expect(call({ clip: 3 }, { offsetScores: {} })).toBe(false);
});
