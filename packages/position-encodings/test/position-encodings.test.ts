import { countLeaks, normalValues } from "@attention-lab/tensors";
import {
  grads,
  mul,
  setBackend,
  sum,
  tensor,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tidy,
  zeros,
} from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  alibi,
  index,
  learned,
  type PositionSite,
  rope,
  type RopeOptions,
  sinusoidal,
  type SinusoidalLayout,
  t5,
} from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const site: PositionSite = { dModel: 8, heads: 2, headDim: 4, maxLength: 20, seed: 3 };

function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, tolerance = 1e-6): void {
  expect(got.length).toBe(want.length);
  for (let index = 0; index < want.length; index++) {
    expect(Math.abs((got[index] ?? NaN) - (want[index] ?? NaN))).toBeLessThan(tolerance);
  }
}

describe("sinusoidal", () => {
  const embedded = (layout: SinusoidalLayout, length: number, start: number, dModel = 8) =>
    tidy(() => {
      const position = sinusoidal({ layout }).build({ ...site, dModel });
      return position.embed?.(zeros([2, length, dModel]) as Tensor3D, start) as Tensor3D;
    });

  test("the paper's layout: PE[p, 2c] = sin(p / 10000^(2c/d)), PE[p, 2c+1] = cos", () => {
    const want = [5, 6, 7].flatMap((p) =>
      [0, 1, 2, 3].flatMap((c) => [Math.sin(p / 10000 ** ((2 * c) / 8)), Math.cos(p / 10000 ** ((2 * c) / 8))]),
    );
    expectClose(embedded("interleaved", 3, 5).dataSync(), [...want, ...want]);
  });

  test("the half layout holds the same numbers in another order", () => {
    const paper = embedded("interleaved", 3, 5).dataSync();
    const half = embedded("half", 3, 5).dataSync();
    const order = [0, 2, 4, 6, 1, 3, 5, 7];
    expect([...half]).toEqual([...half.keys()].map((index) => paper[index - (index % 8) + (order[index % 8] ?? 0)]));
  });

  test("is added to the embeddings", () => {
    const x = tensor(normalValues(1, 16), [1, 2, 8]) as Tensor3D;
    const sums = sinusoidal({ layout: "half" }).build(site).embed?.(x, 0).dataSync() ?? [];
    const table = embedded("half", 2, 0).dataSync();
    expectClose(
      sums,
      [...x.dataSync()].map((value, index) => value + (table[index] ?? 0)),
    );
  });

  test("only tensor2tensor's layout has a place for an odd channel", () => {
    expect(() => sinusoidal({ layout: "interleaved" }).build({ ...site, dModel: 7 })).toThrow(
      "sinusoidal position: dModel must be even in the interleaved layout, got 7",
    );
    const last = embedded("tensor2tensor", 3, 0, 7)
      .dataSync()
      .filter((_, index) => index % 7 === 6);
    expect([...last]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe("learned", () => {
  test("adds one row per position and trains exactly those", () => {
    const position = learned({ deviation: 0.02 }).build(site);
    const weight = position.parameters["weight"] as Tensor;
    const table = weight.dataSync();
    const x = zeros([2, 3, 8]) as Tensor3D;
    expectClose(position.embed?.(x, 4).dataSync() ?? [], [...table.slice(32, 56), ...table.slice(32, 56)]);
    const [dWeight] = grads(() => sum(position.embed?.(x, 4) as Tensor))([weight]);
    const want = Array.from({ length: 160 }, (_, index) => (index >= 32 && index < 56 ? 2 : 0));
    expect([...(dWeight?.dataSync() ?? [])]).toEqual(want);
  });

  test("starts with the deviation given, by seed", () => {
    const values = (seed: number) => [
      ...(learned({ deviation: 2 })
        .build({ ...site, maxLength: 500, seed })
        .parameters["weight"]?.dataSync() ?? []),
    ];
    const variance = values(1).reduce((total, value) => total + value ** 2, 0) / 4000;
    expect(variance).toBeGreaterThan(3.6);
    expect(variance).toBeLessThan(4.4);
    expect(values(1)).toEqual(values(1));
    expect(values(1)).not.toEqual(values(2));
  });
});

describe("rope", () => {
  const options = fc.record<RopeOptions>({
    base: fc.integer({ min: 2, max: 20000 }),
    pairing: fc.constantFrom("interleaved" as const, "half" as const),
    fraction: fc.constantFrom(0.25, 0.5, 0.75, 1),
  });
  const headDim = 8;
  const build = (chosen: RopeOptions) => rope(chosen).build({ ...site, headDim, maxLength: 64 });
  const rotated = (chosen: RopeOptions, values: Float32Array, start: number) =>
    tidy(() => {
      const x = tensor(values, [1, 1, values.length / headDim, headDim]) as Tensor4D;
      return build(chosen).rotate?.(x, start) as Tensor4D;
    }).dataSync();

  /** The definition, plane by plane, in float64. */
  function oracle({ base, pairing, fraction }: RopeOptions, values: Float32Array, start: number): number[] {
    const turned = Math.round(fraction * headDim);
    const result = [...values];
    for (let row = 0; row < values.length / headDim; row++) {
      for (let c = 0; c < turned / 2; c++) {
        const theta = (row + start) * base ** ((-2 * c) / turned);
        const i = row * headDim + (pairing === "half" ? c : 2 * c);
        const j = row * headDim + (pairing === "half" ? c + turned / 2 : 2 * c + 1);
        const [x, y] = [values[i] ?? 0, values[j] ?? 0];
        result[i] = x * Math.cos(theta) - y * Math.sin(theta);
        result[j] = x * Math.sin(theta) + y * Math.cos(theta);
      }
    }
    return result;
  }

  test("turns every plane by its angle and leaves the rest alone", () => {
    fc.assert(
      fc.property(options, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 50 }), (chosen, length, start) => {
        const values = normalValues(length, length * headDim);
        expectClose(rotated(chosen, values, start), oracle(chosen, values, start), 2e-6);
      }),
      { numRuns: 60 },
    );
  });

  test("a start continues the sequence: rows are those of one long call", () => {
    const chosen: RopeOptions = { base: 10000, pairing: "half", fraction: 1 };
    const values = normalValues(1, 12 * headDim);
    expect(rotated(chosen, values.slice(5 * headDim), 5)).toEqual(rotated(chosen, values, 0).slice(5 * headDim));
  });

  test("a product of query and key depends on their distance alone", () => {
    fc.assert(
      fc.property(
        options,
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 1, max: 30 }),
        (chosen, i, j, shift) => {
          const [query, key] = [normalValues(1, headDim), normalValues(2, headDim)];
          const product = (at: number, other: number) => {
            const [a, b] = [rotated(chosen, query, at), rotated(chosen, key, other)];
            return [...a].reduce((total, value, index) => total + value * (b[index] ?? 0), 0);
          };
          expect(Math.abs(product(i, j) - product(i + shift, j + shift))).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("the gradient turns back", () => {
    const chosen: RopeOptions = { base: 100, pairing: "interleaved", fraction: 0.5 };
    const position = build(chosen);
    const x = tensor(normalValues(3, 3 * headDim), [1, 1, 3, headDim]) as Tensor4D;
    // The transposed rotation of the rotated vector is the vector itself.
    const turned = position.rotate?.(x, 7) as Tensor4D;
    const [dx] = grads((input: Tensor) => mul(position.rotate?.(input as Tensor4D, 7) as Tensor4D, turned))([x]);
    expectClose(dx?.dataSync() ?? [], x.dataSync(), 1e-5);
  });

  test("an odd number of rotated channels is refused", () => {
    expect(() => rope({ base: 10000, pairing: "half", fraction: 0.3 }).build(site)).toThrow(
      /rope position: fraction 0.3 of headDim 4 must be an even number of channels, got 1.2/,
    );
  });
});

describe("all", () => {
  const encodings = [
    index({ unit: "integer" }),
    sinusoidal({ layout: "interleaved" }),
    learned({ deviation: 0.1 }),
    rope({ base: 10000, pairing: "half", fraction: 1 }),
  ];

  test.each(encodings)("$name refuses positions beyond maxLength and before 0", (encoding) => {
    const position = encoding.build(site);
    const apply = (length: number, start: number) =>
      position.embed?.(zeros([1, length, 8]) as Tensor3D, start) ??
      position.rotate?.(zeros([1, 2, length, 4]) as Tensor4D, start);
    expect(apply(20, 0)?.shape[0]).toBe(1);
    expect(apply(1, 19)?.shape[0]).toBe(1);
    expect(() => apply(4, 17)).toThrow(`${encoding.name} position: positions must be below maxLength 20, got 20`);
    expect(() => apply(1, -1)).toThrow("the first position must be a non-negative integer, got -1");
  });

  test.each(encodings)("$name frees everything but the result", (encoding) => {
    const leaked = countLeaks(() => {
      const position = encoding.build(site);
      tidy(() => {
        position.embed?.(zeros([2, 3, 8]) as Tensor3D, 1);
        position.rotate?.(zeros([1, 2, 3, 4]) as Tensor4D, 1);
      });
      for (const variable of Object.values(position.parameters)) variable.dispose();
    });
    expect(leaked).toBe(0);
    const position = encoding.build(site);
    const x = zeros([1, 2, 3, 4]) as Tensor4D;
    if (position.rotate !== undefined) expect(countLeaks(() => position.rotate?.(x, 1))).toBe(1);
    const y = zeros([1, 3, 8]) as Tensor3D;
    if (position.embed !== undefined) expect(countLeaks(() => position.embed?.(y, 1))).toBe(1);
  });

  test("configs: the paper's choices unless given, and one sentence for what is wrong", () => {
    expect(sinusoidal.parse({})).toEqual({ layout: "interleaved" });
    expect(rope.parse({})).toEqual({ base: 10000, pairing: "interleaved", fraction: 1 });
    expect(learned.parse({})).toEqual({ deviation: 0.02 });
    expect(index.parse({})).toEqual({ unit: "integer" });
    expect(alibi.parse({})).toEqual({ form: "symmetric" });
    expect(t5.parse({})).toEqual({ buckets: 32, maxDistance: 128, direction: "bidirectional", biasScale: 1 });
    expect(() => alibi.parse({ form: "symetric" })).toThrow(
      /alibi position: form must be symmetric or signed \(did you mean "symmetric"\?\)/,
    );
    expect(() => t5.parse({ bucket: 8 })).toThrow(/t5 position: .*did you mean "buckets"\?/);
    expect(() => t5.parse({ maxDistance: 0 })).toThrow(/t5 position: maxDistance must be a positive integer, got 0/);
    expect(() => index.parse({ unit: "meter" })).toThrow(/index position: unit must be integer or fraction/);
    expect(() => rope.parse({ paring: "half" })).toThrow(/rope position: .*did you mean "pairing"\?/);
    expect(() => rope.parse({ pairing: "halves" })).toThrow(/rope position: pairing must be interleaved or half/);
    expect(() => rope.parse({ fraction: 1.5 })).toThrow(/rope position: fraction must be at most 1, got 1.5/);
    expect(() => sinusoidal.parse({ layout: "sorted" })).toThrow(/sinusoidal position: layout must be/);
    const names = [index, sinusoidal, learned, rope, alibi, t5].map(({ position }) => position);
    expect(names).toEqual(["index", "sinusoidal", "learned", "rope", "alibi", "t5"]);
  });
});
