import {
  grads,
  memory,
  mul,
  type Scalar,
  setBackend,
  sum,
  tensor,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { normalValues, scope } from "@attention-lab/tensors";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { depthwiseConvolution } from "../src/depthwise-convolution.ts";

beforeAll(() => setBackend("cpu"));

const shapes = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  heads: fc.integer({ min: 1, max: 3 }),
  length: fc.integer({ min: 1, max: 150 }),
  width: fc.integer({ min: 1, max: 3 }),
  half: fc.integer({ min: 0, max: 40 }),
});

test("each head's filter slides along the positions, with zeros outside; gradients are its transposes", () => {
  const before = memory().numTensors;
  fc.assert(
    fc.property(shapes, ({ batch, heads, length, width, half }) => {
      const size = 2 * half + 1;
      const v = normalValues(1, batch * heads * length * width);
      const w = normalValues(2, heads * size);
      const cotangent = normalValues(3, v.length);
      const [y, dv, dw] = [new Float64Array(v.length), new Float64Array(v.length), new Float64Array(w.length)];
      for (let index = 0; index < v.length; index++) {
        const [d, i] = [index % width, Math.floor(index / width) % length];
        const row = index - d - i * width;
        const filter = (Math.floor(index / (width * length)) % heads) * size;
        for (let t = 0; t < size; t++) {
          const j = i + t - half;
          if (j < 0 || j >= length) continue;
          const from = row + j * width + d;
          y[index] = (y[index] ?? 0) + (w[filter + t] ?? 0) * (v[from] ?? 0);
          dv[from] = (dv[from] ?? 0) + (w[filter + t] ?? 0) * (cotangent[index] ?? 0);
          dw[filter + t] = (dw[filter + t] ?? 0) + (v[from] ?? 0) * (cotangent[index] ?? 0);
        }
      }
      const shape: [number, number, number, number] = [batch, heads, length, width];
      const results = scope("convolution", () => {
        const inputs: Tensor[] = [tensor(v, shape), tensor(w, [heads, size])];
        const convolve = (v: Tensor, w: Tensor) => depthwiseConvolution(v as Tensor4D, w as Tensor2D);
        const loss = (v: Tensor, w: Tensor) => sum(mul(convolve(v, w), tensor(cotangent, shape))) as Scalar;
        return [convolve(inputs[0] as Tensor, inputs[1] as Tensor), ...grads(loss)(inputs)];
      });
      for (const [which, want] of [y, dv, dw].entries()) {
        const got = results[which]?.dataSync() ?? [];
        const scale = 1 + want.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        for (const [i, value] of want.entries())
          expect(Math.abs((got[i] ?? Number.NaN) - value)).toBeLessThan(1e-5 * scale);
        results[which]?.dispose();
      }
    }),
    { numRuns: 40 },
  );
  expect(memory().numTensors).toBe(before);
});
