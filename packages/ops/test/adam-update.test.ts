import { readFileSync } from "node:fs";
import { clone, setBackend, tensor, variable, zerosLike, type Tensor, type Variable } from "@tensorflow/tfjs-core";
import { countLeaks, normalValues, readSafetensors, scope } from "@attention-lab/tensors";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../tensors/test/check-operation.ts";
import { adamUpdate, type AdamParameter } from "../src/index.ts";
import { onBothPaths } from "./both-paths.ts";

interface Settings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}
const settings: Settings = { learningRate: 0.1, beta1: 0.9, beta2: 0.98, epsilon: 1e-3, weightDecay: 0.2 };

function parameter(values: Float32Array, decay: boolean): AdamParameter {
  const value = variable(tensor(values));
  const moment = (): Variable => scope("moment", () => variable(zerosLike(value)));
  return { variable: value, gradient: tensor(values), m: moment(), v: moment(), decay };
}

/** Kingma and Ba's algorithm 1 on numbers, with AdamW's decay. */
function steps(
  start: number,
  gradients: number[],
  { learningRate, beta1, beta2, epsilon, weightDecay }: Settings,
): number[] {
  let [value, m, v] = [start, 0, 0];
  return gradients.map((gradient, index) => {
    m = beta1 * m + (1 - beta1) * gradient;
    v = beta2 * v + (1 - beta2) * gradient ** 2;
    const move = m / (1 - beta1 ** (index + 1)) / (Math.sqrt(v / (1 - beta2 ** (index + 1))) + epsilon);
    value -= learningRate * (move + weightDecay * value);
    return value;
  });
}

describe("adamUpdate", () => {
  onBothPaths(["AdamUpdate"], () => {
    it("follows the algorithm over five steps, with and without decay, and leaks nothing", () => {
      const start = normalValues(1, 6);
      const parameters = [parameter(start, true), parameter(start, false)];
      for (let step = 1; step <= 5; step++) {
        const gradient = tensor(normalValues(10 + step, 6));
        const leaked = countLeaks(() => {
          adamUpdate({ ...settings, step, parameters: parameters.map((p) => ({ ...p, gradient })) });
        });
        expect(leaked).toBe(0);
        gradient.dispose();
      }
      for (const { variable: value, decay } of parameters) {
        const wanted = Array.from(start, (entry, i) => {
          const gradients = [11, 12, 13, 14, 15].map((seed) => normalValues(seed, 6)[i]!);
          return steps(entry, gradients, { ...settings, weightDecay: decay ? settings.weightDecay : 0 })[4]!;
        });
        expectClose(value.dataSync(), wanted, 1e-5, "variable");
      }
    });

    it("leaves clones of the old value alone", () => {
      const p = parameter(Float32Array.of(1, 2), false);
      const held: Tensor = clone(p.variable);
      adamUpdate({ ...settings, step: 1, parameters: [p] });
      expect([...held.dataSync()]).toEqual([1, 2]);
      expect(p.variable.dataSync()[0]).not.toBe(1);
    });
  });

  it("equals PyTorch's AdamW over the 20 steps of the golden case", async () => {
    await setBackend("cpu");
    const golden = readSafetensors(readFileSync(new URL("../../../golden/adamw_20.safetensors", import.meta.url)));
    const row = (name: string, index: number): Float32Array =>
      Float32Array.from(golden.get(name)?.values as Float64Array).subarray(4 * index, 4 * index + 4);
    const p = parameter(row("w", 0), true);
    const torch = { learningRate: 0.05, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };
    for (let step = 1; step <= 20; step++) {
      adamUpdate({ ...torch, step, parameters: [{ ...p, gradient: tensor(row("gradient_used", step - 1)) }] });
      expectClose(p.variable.dataSync(), row("w", step), 1e-5, `weights after step ${step}`);
    }
  });

  it("refuses step 0 and shapes that disagree", async () => {
    await setBackend("cpu");
    const p = parameter(Float32Array.of(1, 2), false);
    expect(() => adamUpdate({ ...settings, step: 0, parameters: [p] })).toThrow(
      "adamUpdate: step must be a positive integer, got 0",
    );
    expect(() => adamUpdate({ ...settings, step: 1, parameters: [{ ...p, gradient: tensor([1]) }] })).toThrow(
      /adamUpdate: gradient and moments of ".*" must be \[2\], got \[1\], \[2\], \[2\]/,
    );
  });
});
