import { featureAttention, patternAttention } from "@attention-lab/ops";
import { normalValues, uniformValues } from "@attention-lab/tensors";
import { tensor4d, type Tensor4D } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { on, onAdapter } from "./on-adapter.ts";

/** The longest sequence that is studied. Rows at its ends, in its middle and at random, of every head. */
const [heads, length, width] = [3, 65_536, 16];
const rows = [0, 1, 31, 32, 4095, 32_767, 32_768, 51_234, 65_534, 65_535];
const shape: [number, number, number, number] = [1, heads, length, width];

const inputs = (draw: typeof normalValues) => [1, 2, 3].map((seed) => draw(seed, heads * length * width));
const at = (values: ArrayLike<number>, head: number, row: number, d: number): number =>
  values[(head * length + row) * width + d] ?? Number.NaN;

async function worst(
  attend: (q: Tensor4D, k: Tensor4D, v: Tensor4D) => Tensor4D,
  values: Float32Array[],
  wanted: (head: number, row: number) => number[],
): Promise<number> {
  const [answer] = await on("webgpu", () => {
    const [q, k, v] = values.map((some) => tensor4d(some, shape)) as [Tensor4D, Tensor4D, Tensor4D];
    return attend(q, k, v);
  });
  let most = 0;
  for (let head = 0; head < heads; head++) {
    for (const row of rows) {
      wanted(head, row).forEach((want, d) => {
        const apart = Math.abs(want - at(answer?.values ?? [], head, row, d));
        most = Number.isNaN(apart) ? Infinity : Math.max(most, apart);
      });
    }
  }
  return most;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>, head: number, i: number, j: number): number {
  return Array.from({ length: width }, (_, d) => at(a, head, i, d) * at(b, head, j, d)).reduce((sum, x) => sum + x, 0);
}

/** Weights, not yet divided by their sum, times the values. */
function mean(weights: readonly (readonly [row: number, weight: number])[], v: Float32Array, head: number): number[] {
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  return Array.from({ length: width }, (_, d) =>
    weights.reduce((sum, [row, weight]) => sum + (weight / total) * at(v, head, row, d), 0),
  );
}

onAdapter("sequences of 65,536", () => {
  test.runIf(process.env["CI_FULL"])("a window is right to the last row (CI_FULL)", async () => {
    const values = inputs(normalValues);
    const [q, k, v] = values as [Float32Array, Float32Array, Float32Array];
    const pattern = { causal: false, window: { before: 40, after: 9, dilation: [1, 2, 70] } };
    const wanted = (head: number, row: number): number[] => {
      const step = pattern.window.dilation[head] ?? 1;
      const keys = Array.from({ length: 50 }, (_, i) => row + (i - 40) * step).filter(
        (key) => key >= 0 && key < length,
      );
      return mean(
        keys.map((key) => [key, Math.exp(dot(q, k, head, row, key) / 4)] as const),
        v,
        head,
      );
    };
    const attend = (q: Tensor4D, k: Tensor4D, v: Tensor4D) =>
      patternAttention({ q, k, v }, { pattern, scale: 1 / 4, queryOffset: 0 });
    expect(await worst(attend, values, wanted)).toBeLessThan(1e-5);
  });

  test.runIf(process.env["CI_FULL"])("causal features are right to the last row (CI_FULL)", async () => {
    const values = inputs(uniformValues);
    const [q, k, v] = values as [Float32Array, Float32Array, Float32Array];
    const wanted = (head: number, row: number): number[] =>
      mean(
        Array.from({ length: row + 1 }, (_, key) => [key, dot(q, k, head, row, key)] as const),
        v,
        head,
      );
    const attend = (qf: Tensor4D, kf: Tensor4D, v: Tensor4D) =>
      featureAttention({ qf, kf, v }, { causal: true, epsilon: 0 });
    expect(await worst(attend, values, wanted)).toBeLessThan(1e-5);
  });
});
