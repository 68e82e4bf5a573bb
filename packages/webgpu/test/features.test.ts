import { featureAttention } from "@attention-lab/ops";
import { randomUniform } from "@attention-lab/tensors";
import { grads, mul, sum, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { chunkTilesOf } from "../src/features/linear-sum.ts";
import { agree, onAdapter } from "./on-adapter.ts";

test("chunks grow until their states fit, and no further than the sequence", () => {
  expect(chunkTilesOf(200, 2 ** 20, 2 ** 28)).toBe(4);
  // 512 chunks of 4 blocks would take 512 MiB of 128.
  expect(chunkTilesOf(65_536, 2 ** 20, 2 ** 27)).toBe(16);
  expect(chunkTilesOf(100, 2 ** 30, 2 ** 27)).toBe(4);
  expect(chunkTilesOf(300, 2 ** 30, 2 ** 27)).toBe(16);
});

onAdapter("feature attention by our kernels equals its composition", () => {
  test.each([
    { causal: false, sizes: [2, 3, 3, 37, 41, 16, 8] },
    { causal: false, sizes: [1, 5, 3, 1, 200, 16, 8] },
    { causal: true, sizes: [1, 4, 2, 150, 150, 16, 8] },
    { causal: true, sizes: [1, 2, 1, 300, 140, 16, 8] },
    { causal: true, sizes: [1, 2, 1, 30, 200, 16, 8] },
    { causal: true, sizes: [1, 2, 2, 67, 67, 40, 33] },
  ])("causal $causal, sizes $sizes", ({ causal, sizes }) => {
    const [b = 0, h = 0, kh = 0, n = 0, m = 0, f = 0, dv = 0] = sizes;
    const shapes = [
      [b, h, n, f],
      [b, kh, m, f],
      [b, kh, m, dv],
      [b, h, n, dv],
    ];
    return agree(() => {
      const [qf, kf, v, weights] = shapes.map((shape, i) => randomUniform(i + 1, shape)) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      const attend = (...x: Tensor[]): Tensor => {
        const [qf, kf, v] = x as [Tensor4D, Tensor4D, Tensor4D];
        return featureAttention({ qf, kf, v }, { causal, epsilon: 1e-6 });
      };
      return [attend(qf, kf, v), ...grads((...x: Tensor[]) => sum(mul(attend(...x), weights)))([qf, kf, v])];
    });
  });
});
