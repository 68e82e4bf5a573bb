import type { Engine } from "../src/index.ts";
import { randomArray } from "./engines.ts";

/** Small pseudo-random whole numbers below `n`, the same for the same seed. */
function dice(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return (state ^ (state >>> 13)) % n;
  };
}

/** An array whose memory was taken away. */
function detached(): Float32Array {
  const array = new Float32Array(64);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

const f = (length: number, seed = 1) => randomArray(seed, length);
const bad: (() => unknown)[] = [
  ...[Number.NaN, -1, 0, 1, 3, 1.5, 2 ** 31, 2 ** 31 - 1, 2 ** 32 + 1, 2 ** 53, -Infinity].map((value) => () => value),
  ...["", "relu", true, null, undefined, {}, [], 7n, Symbol("x")].map((value) => () => value),
  () => new Float32Array(0),
  () => f(3),
  () => f(100_000),
  detached,
  () => new Int8Array(100_000),
  () => new Float64Array(100_000),
  () => new Int32Array(100_000).fill(-5),
  () => new Int32Array(100_000).fill(2 ** 31 - 1),
  () => new Uint8Array(100_000).fill(255),
  () => new BigInt64Array(1000),
  () => new Float32Array(new SharedArrayBuffer(400_000)),
];

/** Good calls of every kernel with checks worth attacking: each its name and its parameters. */
export function goodCalls(): [string, unknown[]][] {
  const attention = {
    batch: 1,
    heads: 2,
    keyValueHeads: 1,
    queries: 70,
    keys: 70,
    headDim: 8,
    valueDim: 8,
    scale: 1,
    q: f(1120),
    k: f(560),
    v: f(560),
    predicate: {
      causal: true,
      queryOffset: 0,
      window: { before: 9, after: 0, dilation: Int32Array.of(1, 2) },
      globalKeys: new Uint8Array(70),
    },
    tiles: {
      start: Int32Array.of(0, 1, 3),
      tile: Int32Array.of(0, 0, 1),
      partial: Uint8Array.of(1, 1, 1),
      rows: 2,
      batchStride: 0,
      headStride: 0,
    },
    keyPadding: new Float32Array(70).fill(1),
    bias: f(278),
    out: f(1120),
    logSumExp: f(140),
  };
  const { tiles, ...dense } = attention;
  const gradients = { dOut: f(1120), dq: f(1120), dk: f(560), dv: f(560) };
  const masks = new Int32Array(2 * 128).fill(0x5a5a5a5a);
  const masked = { ...tiles, mask: Int32Array.of(0, 1, -1), masks };
  const dropout = { rate: 0.3, key: [1, 2], counter: [3, 4] };
  const offsets = { clip: 2, scores: f(700), sums: f(700) };
  const sparse = { ...dense, predicate: { causal: true, queryOffset: 0 }, dropout };
  const few = { ...dense, queries: 1, headDim: 16, valueDim: 16, q: f(32), k: f(1120), v: f(1120), out: f(32) };
  return [
    ["attention", [attention]],
    ["attention", [{ ...sparse, tiles: masked, offsets }]],
    ["attention", [few]],
    ["attentionGradient", [{ ...dense, ...gradients, dBias: f(278) }]],
    [
      "attentionGradient",
      [
        {
          ...sparse,
          ...gradients,
          transposedTiles: masked,
          offsets: { ...offsets, dSums: f(700), dScores: f(700) },
        },
      ],
    ],
    ...Object.entries(otherCalls()),
  ];
}

function otherCalls(): Record<string, unknown[]> {
  const feature = { batch: 1, heads: 2, keyValueHeads: 2, queries: 9, keys: 9, features: 5, valueDim: 3, causal: true };
  const features = { ...feature, epsilon: 1, qf: f(90), kf: f(90), v: f(54), out: f(54), denominator: f(18) };
  const random = { batch: 1, heads: 1, length: 9, width: 4, directions: 5, map: "positive", scale: 1, bound: "row" };
  const randoms = { ...random, epsilon: 0, x: f(36), w: f(20), padding: f(9), y: f(90) };
  const four = [1, 2, 3, 4];
  return {
    featureAttention: [features],
    featureAttentionGradient: [{ ...features, dOut: f(54), dqf: f(90), dkf: f(90), dv: f(54) }],
    randomFeatures: [randoms],
    randomFeaturesGradient: [{ ...randoms, dy: f(90), dx: f(36) }],
    gemm: [{ m: 20, n: 9, k: 7, batch: 2, a: f(280), b: f(126), c: f(360), bias: f(9), residual: f(360), pre: f(360) }],
    layerNorm: [4, 5, 1e-5, f(20), f(5), f(5), f(20), f(8)],
    layerNormGradient: [4, 5, f(20), f(5), f(8), f(20), f(20), f(5), f(5)],
    crossEntropy: [4, 5, f(20), Int32Array.of(0, 4, -1, 2), f(4), f(1)],
    crossEntropyGradient: [4, 5, f(20), Int32Array.of(0, 4, -1, 2), f(4), f(1), f(20)],
    softmax: [4, 5, f(20), f(20)],
    gather: [4, 5, 6, f(30), Int32Array.of(0, 5, 3, 2), f(20)],
    scatterAdd: [4, 5, 6, f(20), Int32Array.of(0, 5, 3, 2), f(30)],
    reduceRows: ["sum", 4, 5, 1, f(20), f(4)],
    reduceColumns: [4, 5, 1, f(20), f(5)],
    unary: ["exp", f(20), f(20), 0],
    unaryGradient: ["geluErf", f(20), f(20), f(20)],
    binary: ["add", 4, 5, { values: f(20), broadcast: "full" }, { values: f(5), broadcast: "row" }, f(20)],
    accumulate: [f(20), f(20)],
    permute: [[...four], [24, 12, 4, 1], 1, f(24), 0, f(24), 0, [24, 12, 4, 1]],
    adam: [
      1,
      { learningRate: 1, beta1: 0.9, beta2: 0.9, epsilon: 1, weightDecay: 0 },
      [{ value: f(9), gradient: f(9), m: f(9), v: f(9), decay: true }],
    ],
    dropout: [0.5, [1, 2], [3, 4], f(20), f(20)],
  };
}

type Node = Record<string, unknown>;

/** Replaces one value somewhere inside. */
function spoil(node: Node, roll: (n: number) => number): void {
  const keys = Object.keys(node);
  const key = keys[roll(keys.length)] ?? "";
  const inner = node[key];
  const isNode = typeof inner === "object" && inner !== null && !ArrayBuffer.isView(inner);
  if (isNode && Object.keys(inner).length > 0 && roll(8) > 0) spoil(inner as Node, roll);
  else node[key] = bad[roll(bad.length)]?.();
}

export interface FuzzReport {
  readonly calls: number;
  readonly refused: number;
  /** Refusals that are no sentence: neither RangeError nor TypeError nor Error with a message. */
  readonly odd: string[];
}

/** Calls kernels with one to three values of a good call spoiled. What a crash would be is the end of the process. */
export function fuzz(engine: Engine, calls: number, seed: number): FuzzReport {
  const roll = dice(seed);
  const odd: string[] = [];
  let refused = 0;
  for (let i = 0; i < calls; i++) {
    const good = goodCalls();
    const [name, parameters] = good[roll(good.length)] ?? ["", []];
    for (let times = 1 + roll(3); times > 0; times--) spoil(parameters as unknown as Node, roll);
    try {
      (engine[name as keyof Engine] as (...values: unknown[]) => void)(...parameters);
    } catch (error) {
      refused++;
      if (!(error instanceof Error) || error.message === "") odd.push(`${name}: ${String(error)}`);
    }
  }
  return { calls, refused, odd };
}
