import { setBackend, tensor, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import { matMulHeads, normalValues, scope } from "@attention-lab/tensors";
import { beforeAll, describe, expect, it } from "vitest";
import {
  gaussian,
  hyperbolicFeatures,
  orthogonalGaussian,
  positiveFeatures,
  trigonometricFeatures,
} from "../src/index.ts";

beforeAll(() => setBackend("cpu"));

const d = 8;
const rows = 6;
const features = 16;
const draws = 400;
const scale = 1 / Math.sqrt(d);
// Short vectors: for trigonometric features the advantage of orthogonal directions is proved for them (Yu et al. 2016, theorem 2).
const vectors = { q: normalValues(1, rows * d).map((x) => x / 2), k: normalValues(2, rows * d).map((x) => x / 2) };

type Rows = { readonly q: Float32Array; readonly k: Float32Array };

/** exp(scale q.k) for every pair. */
function kernelOf({ q, k }: Rows): number[] {
  return Array.from({ length: rows * rows }, (_, pair) => {
    const [i, j] = [Math.floor(pair / rows), pair % rows];
    let product = 0;
    for (let c = 0; c < d; c++) product += q[i * d + c]! * k[j * d + c]!;
    return Math.exp(scale * product);
  });
}
const kernel = kernelOf(vectors);

const mapsOf = { positive: positiveFeatures, hyperbolic: hyperbolicFeatures, trigonometric: trigonometricFeatures };
type Map = keyof typeof mapsOf;

/** phi(q).phi(k) of every pair for many draws of the directions; the bound 0 leaves the estimate as it is. */
function estimates(map: Map, draw: typeof gaussian, count = features, { q, k }: Rows = vectors): Float32Array[] {
  return Array.from({ length: draws }, (_, seed) => {
    const product = scope("estimate", () => {
      const projection = tensor(draw(seed, count, d), [count, d]) as Tensor2D;
      const phi = (x: Float32Array) =>
        mapsOf[map](tensor(x, [1, 1, rows, d]) as Tensor4D, projection, { scale, bound: 0, epsilon: 0 });
      return matMulHeads(phi(q), phi(k), false, true);
    });
    const values = product.dataSync() as Float32Array;
    product.dispose();
    return values;
  });
}

/** Of all pairs and draws. */
function meanSquare(samples: readonly Float32Array[], wants: readonly number[]): number {
  const squares = samples.flatMap((sample) => wants.map((want, pair) => (sample[pair]! - want) ** 2));
  return squares.reduce((total, x) => total + x, 0) / squares.length;
}

describe("random features estimate the softmax kernel", () => {
  it.each([
    ["positive", "orthogonal", orthogonalGaussian],
    ["positive", "independent", gaussian],
    ["hyperbolic", "orthogonal", orthogonalGaussian],
    ["trigonometric", "orthogonal", orthogonalGaussian],
    ["trigonometric", "independent", gaussian],
  ] as const)("%s, %s: without bias, within five standard errors", (map, _kind, draw) => {
    const samples = estimates(map, draw);
    for (const [pair, want] of kernel.entries()) {
      const values = samples.map((sample) => sample[pair]!);
      const mean = values.reduce((total, x) => total + x, 0) / draws;
      const variance = values.reduce((total, x) => total + (x - mean) ** 2, 0) / (draws - 1);
      expect(Math.abs(mean - want)).toBeLessThan(5 * Math.sqrt(variance / draws));
      expect(variance).toBeGreaterThan(0);
    }
  });

  // Theorem 2 of the paper: orthogonal directions lower the error of every pair; here of all pairs together, by a clear margin.
  it.each(["positive", "trigonometric"] as const)("%s: orthogonal directions err less than independent ones", (map) => {
    const relative = (draw: typeof gaussian) =>
      estimates(map, draw).map((sample) => sample.map((x, i) => x / kernel[i]!));
    const ones = kernel.map(() => 1);
    expect(meanSquare(relative(orthogonalGaussian), ones)).toBeLessThan(0.95 * meanSquare(relative(gaussian), ones));
  });

  // Independent directions are averaged: 16 times as many give a sixteenth of the squared error, a quarter of the error.
  it.each(["positive", "hyperbolic", "trigonometric"] as const)("%s: the error falls like 1/sqrt(features)", (map) => {
    const ratio = meanSquare(estimates(map, gaussian, 64), kernel) / meanSquare(estimates(map, gaussian, 4), kernel);
    expect(Math.sqrt(ratio)).toBeGreaterThan(0.25 / 1.35);
    expect(Math.sqrt(ratio)).toBeLessThan(0.25 * 1.35);
  });

  it("hyperbolic: a direction and its opposite err less than two directions (lemma 2)", () => {
    const two = meanSquare(estimates("positive", gaussian, 2 * features), kernel);
    expect(meanSquare(estimates("hyperbolic", gaussian), kernel)).toBeLessThan(two);
  });

  // Section 2.3: the variance of positive features vanishes with the kernel's value, that of trigonometric ones does not.
  it("positive features err less than trigonometric ones where the kernel is small", () => {
    const opposite = { q: vectors.q.map((x) => 2 * x), k: vectors.q.map((x) => -2 * x) };
    const wants = kernelOf(opposite);
    const small = wants.map((want) => want < 0.5);
    const only = (samples: Float32Array[]) => samples.map((sample) => sample.map((x, pair) => (small[pair]! ? x : 0)));
    const of = (map: Map) =>
      meanSquare(
        only(estimates(map, gaussian, features, opposite)),
        wants.map((w, i) => (small[i]! ? w : 0)),
      );
    expect(of("positive")).toBeLessThan(0.5 * of("trigonometric"));
  });
});
