import { add, slice, tensor2d, type Tensor, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import type { Position } from "@attention-lab/attention";
import { carry, scope } from "@attention-lab/tensors";
import { describe, expect, test } from "vitest";
import { type Able, input, layer, tidyLayers, valuesOf } from "./toy-layer.ts";

tidyLayers();

describe("step by step", () => {
  const position: Position = {
    name: "shift",
    parameters: {},
    rotate: (x, start) => add(x, positions(x, start)) as Tensor4D,
  };

  test("equals the whole sequence at once, and carry frees the old states", () => {
    const mha = layer({ causal: true, keyValueHeads: 1, position } as Partial<Able>);
    expect(mha.stepwise).toBe(true);
    const whole = valuesOf(() => mha.call(input(6)));
    let state = mha.start(2);
    for (let n = 0; n < 6; n++) {
      let row: number[] = [];
      state = carry(state, (held) => {
        const { output, state: next } = mha.step(held, slice(input(6), [0, n, 0], [2, 1, 8]) as Tensor3D, n);
        row = Array.from(output.dataSync());
        return next as typeof held;
      });
      const want = [0, 1].flatMap((b) => whole.slice((b * 6 + n) * 8, (b * 6 + n + 1) * 8));
      for (const [index, value] of want.entries()) expect(row[index]).toBeCloseTo(value, 5);
    }
    carry<typeof state>(state, () => ({}));
  });

  test("takes one position at a time", () => {
    const mha = layer({ causal: true });
    expect(() => scope("test", () => mha.step(mha.start(2), input(2), 0))).toThrow(
      "multi-head attention mha: a step takes one position [B,1,dModel], got [2,2,8]",
    );
  });

  /** Row n gets 0.1 (start + n). */
  function positions(x: Tensor4D, start: number): Tensor {
    const rows = Array.from({ length: x.shape[2] }, (_, n) => 0.1 * (start + n));
    return tensor2d(rows, [x.shape[2], 1]);
  }
});
