import { setBackend, tensor, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import { matMulHeads, normalValues, scope } from "@attention-lab/tensors";
import { beforeAll, describe, expect, it } from "vitest";
import { gaussian, orthogonalGaussian, positiveFeatures, trigonometricFeatures } from "../src/index.ts";

beforeAll(() => setBackend("cpu"));

const d = 8;
const rows = 6;
const features = 16;
const draws = 400;
const scale = 1 / Math.sqrt(d);
// Short vectors: for trigonometric features the advantage of orthogonal directions is proved for them (Yu et al. 2016, theorem 2).
const vectors = { q: normalValues(1, rows * d).map((x) => x / 2), k: normalValues(2, rows * d).map((x) => x / 2) };

/** exp(scale q.k) for every pair. */
const kernel = Array.from({ length: rows * rows }, (_, pair) => {
  const [i, j] = [Math.floor(pair / rows), pair % rows];
  let product = 0;
  for (let c = 0; c < d; c++) product += vectors.q[i * d + c]! * vectors.k[j * d + c]!;
  return Math.exp(scale * product);
});

/** phi(q).phi(k) of every pair for many draws of the directions; the bound 0 leaves the estimate as it is. */
function estimates(map: "positive" | "trigonometric", draw: typeof gaussian): Float32Array[] {
  return Array.from({ length: draws }, (_, seed) => {
    const product = scope("estimate", () => {
      const projection = tensor(draw(seed, features, d), [features, d]) as Tensor2D;
      const phi = (x: Float32Array) => {
        const options = { scale, bound: 0, epsilon: 0 } as const;
        const input = tensor(x, [1, 1, rows, d]) as Tensor4D;
        return map === "positive"
          ? positiveFeatures(input, projection, options)
          : trigonometricFeatures(input, projection, options);
      };
      return matMulHeads(phi(vectors.q), phi(vectors.k), false, true);
    });
    const values = product.dataSync() as Float32Array;
    product.dispose();
    return values;
  });
}

describe("random features estimate the softmax kernel", () => {
  it.each([
    ["positive", "orthogonal", orthogonalGaussian],
    ["positive", "independent", gaussian],
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
    const meanSquare = (draw: typeof gaussian) => {
      const squares = estimates(map, draw).flatMap((sample) =>
        kernel.map((want, pair) => (sample[pair]! / want - 1) ** 2),
      );
      return squares.reduce((total, x) => total + x, 0) / squares.length;
    };
    expect(meanSquare(orthogonalGaussian)).toBeLessThan(0.95 * meanSquare(gaussian));
  });
});
