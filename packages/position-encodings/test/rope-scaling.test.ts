import { normalValues } from "@attention-lab/tensors";
import { setBackend, tensor, type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { rope, type RopeOptions, type RopeScaling, type YarnScaling } from "../src/index.ts";
import { ropeFrequencies } from "../src/rope-scaling.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const plain: RopeOptions = { base: 10000, pairing: "half", fraction: 1 };
const frequenciesOf = (scaling: RopeScaling | undefined, pairs: number, base = 10000) =>
  ropeFrequencies("rope position", { pairs, base }, scaling);
const yarn = (rest: Partial<YarnScaling> = {}): YarnScaling => ({
  kind: "yarn",
  factor: 4,
  originalLength: 256,
  fast: 32,
  slow: 1,
  ramp: "rotations",
  ...rest,
});

/** Largest difference, relative to the wanted number. */
const off = (got: ArrayLike<number>, want: ArrayLike<number>) =>
  Math.max(...Array.from(want, (value, i) => Math.abs((got[i] ?? NaN) / value - 1)));

function rotated(scaling: RopeScaling | undefined, values: Float32Array, start: number, headDim = 8): number[] {
  const options = scaling === undefined ? plain : { ...plain, scaling };
  const position = rope(options).build({ dModel: 2 * headDim, heads: 2, headDim, maxLength: 256, seed: 1 });
  const x = tensor(values, [1, 1, values.length / headDim, headDim]) as Tensor4D;
  return [...tidy(() => position.rotate?.(x, start) as Tensor4D).dataSync()];
}

describe("frequencies in float64", () => {
  const planes = fc.integer({ min: 2, max: 64 });
  const factors = fc.double({ min: 1, max: 64, noNaN: true });

  test("linear: every one divided by the factor", () => {
    fc.assert(
      fc.property(planes, factors, (pairs, factor) => {
        const { frequencies, magnitude } = frequenciesOf({ kind: "linear", factor }, pairs);
        const want = Array.from({ length: pairs }, (_, c) => 10000 ** ((-2 * c) / (2 * pairs)) / factor);
        expect(off(frequencies, want)).toBeLessThan(1e-14);
        expect(magnitude).toBe(1);
      }),
    );
  });

  test("ntk: base factor^(r / (r - 2)); the fastest is kept, the slowest divided by the factor", () => {
    fc.assert(
      fc.property(planes, factors, (pairs, factor) => {
        const { frequencies, magnitude } = frequenciesOf({ kind: "ntk", factor }, pairs);
        const r = 2 * pairs;
        const base = 10000 * factor ** (r / (r - 2));
        const want = Array.from({ length: pairs }, (_, c) => base ** ((-2 * c) / r));
        expect(off(frequencies, want)).toBeLessThan(1e-13);
        expect(frequencies[0]).toBe(1);
        const slowest = 10000 ** ((-2 * (pairs - 1)) / r);
        expect(off([frequencies[pairs - 1] ?? NaN], [slowest / factor])).toBeLessThan(1e-12);
        expect(magnitude).toBe(1);
      }),
    );
  });

  test("yarn, the paper's ramp: by the turns of a plane over the original length", () => {
    fc.assert(
      fc.property(planes, factors, fc.integer({ min: 16, max: 8192 }), (pairs, factor, originalLength) => {
        const scaling = yarn({ factor, originalLength });
        const { frequencies, magnitude } = frequenciesOf(scaling, pairs);
        const want = Array.from({ length: pairs }, (_, c) => {
          const frequency = 10000 ** (-c / pairs);
          const wavelength = (2 * Math.PI) / frequency;
          const turns = originalLength / wavelength;
          const gamma = turns < 1 ? 0 : turns > 32 ? 1 : (turns - 1) / (32 - 1);
          return (1 - gamma) * (frequency / factor) + gamma * frequency;
        });
        expect(off(frequencies, want)).toBeLessThan(1e-12);
        expect(magnitude).toBeCloseTo(0.1 * Math.log(factor) + 1, 14);
      }),
    );
  });

  // Printed by the authors' code (github.com/jquesnelle/yarn, LlamaYaRNScaledRotaryEmbedding) in float64.
  test.each<[number, number, Partial<YarnScaling>, number[]]>([
    [
      8,
      10000,
      { factor: 4, originalLength: 256 },
      [
        1.0, 0.2569350598886808, 0.0625, 0.01383496476323666, 0.0025, 0.0007905694150420947, 0.00025,
        7.905694150420948e-5,
      ],
    ],
    [
      16,
      10000,
      { factor: 8, originalLength: 4096 },
      [
        1.0, 0.5623413251903491, 0.31622776601683794, 0.17782794100389226, 0.1, 0.056234132519034905,
        0.02766992952647332, 0.013337095575291922, 0.00625, 0.0028117066259517455, 0.001185854122563142,
        0.0004445698525097308, 0.000125, 7.029266564879364e-5, 3.952847075210474e-5, 2.2228492625486534e-5,
      ],
    ],
    [4, 100, { factor: 2, originalLength: 4096 }, [1.0, 0.31622776601683794, 0.1, 0.02766992952647332]],
    [4, 100, { factor: 2, originalLength: 16 }, [1.0, 0.15811388300841897, 0.05, 0.015811388300841896]],
  ])("yarn, the ramp of the authors' code: %i planes, base %i, %o", (pairs, base, rest, want) => {
    expect(off(frequenciesOf(yarn({ ...rest, ramp: "planes" }), pairs, base).frequencies, want)).toBeLessThan(1e-12);
    expect(off(frequenciesOf(yarn(rest), pairs, base).frequencies, want)).toBeGreaterThan(1e-3);
  });

  test("yarn's bounds that meet in one plane make a step, not a division by 0", () => {
    // Both bounds are cut to plane 0: with 6 positions no plane makes a whole turn.
    const { frequencies } = frequenciesOf(yarn({ originalLength: 6, ramp: "planes" }), 4);
    expect(off(frequencies, [1, 0.1 / 4, 0.01 / 4, 0.001 / 4])).toBeLessThan(1e-12);
  });

  test("a factor of 1 changes nothing", () => {
    for (const scaling of [
      { kind: "linear", factor: 1 } as const,
      { kind: "ntk", factor: 1 } as const,
      yarn({ factor: 1 }),
      yarn({ factor: 1, ramp: "planes" }),
    ]) {
      const { frequencies, magnitude } = frequenciesOf(scaling, 8);
      expect(off(frequencies, frequenciesOf(undefined, 8).frequencies)).toBeLessThan(1e-15);
      expect(magnitude).toBe(1);
    }
  });
});

describe("rotations", () => {
  test("linear: position p turns as p / factor did", () => {
    const row = normalValues(1, 8);
    const scaled = rotated({ kind: "linear", factor: 4 }, row, 120);
    const want = rotated(undefined, row, 30);
    expect(Math.max(...scaled.map((value, i) => Math.abs(value - (want[i] ?? NaN))))).toBeLessThan(1e-6);
  });

  test("yarn multiplies what turns by its magnitude, so that scores grow by its square", () => {
    const length = (values: number[]) => Math.hypot(...values);
    const row = normalValues(2, 8);
    expect(length(rotated(yarn(), row, 77)) / length([...row])).toBeCloseTo(0.1 * Math.log(4) + 1, 5);
    expect(length(rotated(yarn({ magnitude: 1 }), row, 77)) / length([...row])).toBeCloseTo(1, 5);
  });

  test.each<RopeScaling>([
    { kind: "linear", factor: 3 },
    { kind: "ntk", factor: 3 },
    yarn({ originalLength: 32 }),
    yarn({ ramp: "planes" }),
  ])("%o: products still depend on the distance alone", (scaling) => {
    const [query, key] = [normalValues(1, 8), normalValues(2, 8)];
    const product = (i: number, j: number) => {
      const [a, b] = [rotated(scaling, query, i), rotated(scaling, key, j)];
      return a.reduce((total, value, c) => total + value * (b[c] ?? NaN), 0);
    };
    expect(product(3, 17)).toBeCloseTo(product(103, 117), 4);
    expect(Math.abs(product(3, 17) - product(3, 100))).toBeGreaterThan(1e-2);
  });
});

describe("configs", () => {
  test("fill in YaRN's constants, and leave scaling out when it is absent", () => {
    expect(rope.parse({ scaling: { kind: "yarn", factor: 4, originalLength: 256 } }).scaling).toEqual(yarn());
    expect(rope.parse({ scaling: { kind: "ntk", factor: 2 } }).scaling).toEqual({ kind: "ntk", factor: 2 });
    expect("scaling" in rope.parse({})).toBe(false);
  });

  test.each<[unknown, string]>([
    [{ kind: "ntk2", factor: 2 }, "scaling.kind must be linear or ntk or yarn, got "],
    ["linear", "scaling must be an object such as { kind: 'linear', factor: 4 }, got "],
    [{ kind: "linear", factor: 0.5 }, "scaling.factor must be at least 1, got 0.5"],
    [{ kind: "linear" }, "scaling.factor must be given"],
    [{ kind: "linear", factor: 2, originalLength: 8 }, 'scaling has an unknown key "originalLength"'],
    [{ kind: "yarn", factor: 2 }, "scaling.originalLength must be given"],
    [{ kind: "yarn", factor: 2, originalLength: 8, ramp: "line" }, "scaling.ramp must be rotations or planes"],
  ])("%o is refused", (scaling, sentence) => {
    expect(() => rope.parse({ scaling })).toThrow(`rope position: ${sentence}`);
  });

  test("what only the layer's sizes show is refused when it is built", () => {
    expect(() => rotated({ kind: "ntk", factor: 2 }, normalValues(1, 2), 0, 2)).toThrow(
      "rope position: ntk scaling needs at least 4 rotated channels, got 2",
    );
    expect(() => rotated(yarn({ fast: 1 }), normalValues(1, 8), 0)).toThrow(
      "rope position: scaling.fast must be above scaling.slow 1, got 1",
    );
  });
});
