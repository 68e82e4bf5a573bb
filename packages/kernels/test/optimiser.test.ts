import { describe, expect, it } from "vitest";
import type { AdamOptions } from "../src/index.ts";
import { engines, randomArray, relativeError, unwritten } from "./engines.ts";
import { philox } from "./philox.ts";

const options: AdamOptions = { learningRate: 0.01, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.1 };
const lengths = [1, 77, 50_000];

/** Kingma & Ba 2015, algorithm 1, with decoupled decay, in float64. */
function reference(steps: number): number[][] {
  return lengths.map((length, p) => {
    const value = Array.from(randomArray(p, length));
    const [m, v] = [new Float64Array(length), new Float64Array(length)];
    for (let t = 1; t <= steps; t++) {
      const gradient = randomArray(100 * t + p, length);
      for (let i = 0; i < length; i++) {
        m[i] = options.beta1 * m[i]! + (1 - options.beta1) * gradient[i]!;
        v[i] = options.beta2 * v[i]! + (1 - options.beta2) * gradient[i]! ** 2;
        const step = m[i]! / (1 - options.beta1 ** t) / (Math.sqrt(v[i]! / (1 - options.beta2 ** t)) + options.epsilon);
        value[i] = value[i]! - options.learningRate * (step + (p === 1 ? 0 : options.weightDecay * value[i]!));
      }
    }
    return value;
  });
}

it("the philox of this test gives the published answers", () => {
  expect(philox([0, 0, 0, 0], [0, 0])).toEqual([0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
});

describe.each(engines)("adam and dropout on $label", ({ load }) => {
  it("adam equals float64 after five steps, in place, with and without decay", async () => {
    const engine = await load();
    const parameters = lengths.map((length, p) => ({
      value: randomArray(p, length),
      gradient: new Float32Array(length),
      m: new Float32Array(length),
      v: new Float32Array(length),
      decay: p !== 1,
    }));
    for (let t = 1; t <= 5; t++) {
      for (const [p, { gradient }] of parameters.entries()) gradient.set(randomArray(100 * t + p, gradient.length));
      engine.adam(t, options, parameters);
    }
    const wanted = reference(5);
    for (const [p, { value }] of parameters.entries()) expect(relativeError(value, wanted[p] ?? [])).toBeLessThan(2e-6);
  });

  it("dropout keeps the elements whose philox word is large enough, for every thread count", async () => {
    const key = [0xdead_beef, 7] as const;
    const counter = [0xffff_ffff, 3] as const;
    const rate = 0.3;
    const x = randomArray(9, 70_001);
    for (const threads of [1, 2, 4]) {
      const y = unwritten(x.length);
      (await load(threads)).dropout(rate, key, counter, x, y);
      for (const i of [0, 1, 2, 3, 4, 1000, 16_383, 16_384, 70_000]) {
        const word = philox([Math.floor(i / 4), 0, ...counter], key)[i % 4] ?? 0;
        const factor = word >= rate * 2 ** 32 ? Math.fround(1 / (1 - rate)) : 0;
        expect(y[i]).toBe(Math.fround(x[i]! * factor));
      }
      const kept = y.filter((v) => v !== 0).length / y.length;
      expect(Math.abs(kept - (1 - rate))).toBeLessThan(0.01);
    }
  });

  it("dropout of rate 0 changes nothing", async () => {
    const x = randomArray(9, 103);
    const y = unwritten(103);
    (await load()).dropout(0, [1, 2], [3, 4], x, y);
    expect(y).toEqual(x);
  });
});
