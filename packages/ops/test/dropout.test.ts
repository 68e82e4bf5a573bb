import { setBackend, tensor } from "@tensorflow/tfjs-core";
import { philox4x32 } from "@attention-lab/tensors";
import { describe, expect, it } from "vitest";
import { checkOperation, normalInput, tensorOf } from "../../tensors/test/check-operation.ts";
import { dropout } from "../src/index.ts";
import { onBothPaths } from "./both-paths.ts";

describe("dropout", () => {
  onBothPaths(["CounterDropout"], () => {
    it("keeps element i when word i % 4 of block floor(i / 4) reaches the rate; the gradient has the same mask", () => {
      const options = { rate: 0.3, seed: 4_000_000_000, step: 12, training: true };
      const scale = Array.from({ length: 30 }, (_, i) => {
        const word = philox4x32([Math.floor(i / 4), 0, 12, 0], [4_000_000_000, 0x6a09e667])[i % 4]!;
        return word >= 0.3 * 2 ** 32 ? 1 / 0.7 : 0;
      });
      expect(new Set(scale).size).toBe(2);
      checkOperation(
        [normalInput(1, 3, 10)],
        (x) => dropout(x, options),
        (x) => x!.map((value, i) => value * scale[i]!),
      );
    });

    it("is the identity outside training and at rate 0", () => {
      for (const options of [
        { rate: 0.5, training: false },
        { rate: 0, training: true },
      ]) {
        checkOperation(
          [normalInput(2, 7)],
          (x) => dropout(x, { ...options, seed: 1, step: 1 }),
          (x) => x!,
        );
      }
    });

    it("drops about the given share, another one every step and seed", () => {
      const n = 20_000;
      const ones = tensor(new Float32Array(n).fill(1));
      const dropped = (seed: number, step: number): number[] => {
        const values = dropout(ones, { rate: 0.25, seed, step, training: true }).dataSync();
        return Array.from(values.keys()).filter((index) => values[index] === 0);
      };
      const first = dropped(1, 1);
      // Five standard deviations of a binomial(n, 1/4).
      expect(Math.abs(first.length - n / 4)).toBeLessThan(5 * Math.sqrt(n * (1 / 4) * (3 / 4)));
      for (const other of [dropped(1, 2), dropped(2, 1)]) {
        const shared = other.filter((index) => first.includes(index)).length;
        expect(Math.abs(shared - n / 16)).toBeLessThan(5 * Math.sqrt(n * (1 / 16) * (15 / 16)));
      }
      expect(dropped(1, 1)).toEqual(first);
    });
  });

  it("refuses a rate that is no probability below 1", async () => {
    await setBackend("cpu");
    for (const rate of [-0.1, 1, Number.NaN]) {
      expect(() => dropout(tensorOf(normalInput(0, 2)), { rate, seed: 0, step: 0, training: true })).toThrow(
        `dropout: rate must be at least 0 and below 1, got ${rate}`,
      );
    }
  });
});
