import { memory } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gaussian, orthogonalGaussian } from "../src/index.ts";

const rowOf = (values: Float32Array, r: number, d: number) => Array.from(values.subarray(r * d, (r + 1) * d));
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((total, x, i) => total + x * b[i]!, 0);

describe("orthogonalGaussian", () => {
  it("has orthogonal rows within each block, for any sizes and seed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 12 }),
        (seed, rows, d) => {
          const values = orthogonalGaussian(seed, rows, d);
          expect(values.length).toBe(rows * d);
          for (let a = 0; a < rows; a++) {
            for (let b = a + 1; b < rows && Math.floor(b / d) === Math.floor(a / d); b++) {
              const [x, y] = [rowOf(values, a, d), rowOf(values, b, d)];
              const cosine = dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
              expect(Math.abs(cosine)).toBeLessThan(1e-5);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("is a function of its arguments alone and makes no tensors", () => {
    const before = memory().numTensors;
    expect(orthogonalGaussian(5, 10, 4)).toEqual(orthogonalGaussian(5, 10, 4));
    expect(orthogonalGaussian(5, 10, 4)).not.toEqual(orthogonalGaussian(6, 10, 4));
    expect(memory().numTensors).toBe(before);
  });

  // chi-squared with d degrees of freedom: mean d, variance 2d; the directions: mean 0, variance 1 per component.
  it.each([
    ["orthogonalGaussian", orthogonalGaussian],
    ["gaussian", gaussian],
  ])("%s has chi(d) norms and standard normal marginals", (_name, draw) => {
    const d = 8;
    const rows = 4000;
    const values = draw(3, rows, d);
    const squares = Array.from({ length: rows }, (_, r) => dot(rowOf(values, r, d), rowOf(values, r, d)));
    const mean = squares.reduce((total, x) => total + x, 0) / rows;
    const variance = squares.reduce((total, x) => total + (x - mean) ** 2, 0) / rows;
    expect(Math.abs(mean - d)).toBeLessThan(5 * Math.sqrt((2 * d) / rows));
    expect(Math.abs(variance - 2 * d)).toBeLessThan(0.15 * 2 * d);
    const marginal = values.reduce((total, x) => total + x, 0) / values.length;
    expect(Math.abs(marginal)).toBeLessThan(5 / Math.sqrt(values.length));
  });

  it.each([0, -1, 2.5])("refuses %s rows with one sentence", (rows) => {
    expect(() => orthogonalGaussian(1, rows, 4)).toThrow(
      `orthogonalGaussian: rows must be a positive integer, got ${rows}`,
    );
  });
});
