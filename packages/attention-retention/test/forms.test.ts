import {
  grads,
  memory,
  mul,
  setBackend,
  sum,
  tensor,
  type Scalar,
  type Tensor,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { type Grid, gridOf } from "@attention-lab/attention/testkit";
import { normalValues, randomNormal, scope } from "@attention-lab/tensors";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  chunkwiseRetention,
  parallelRetention,
  recurrentRetention,
  type RetentionOptions,
  type RetentionTensors,
  retNetGammas,
} from "../src/index.ts";
import { oracleOf } from "./oracle.ts";

beforeAll(() => setBackend("cpu"));

interface Sizes {
  readonly seed: number;
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
  readonly headDim: number;
  readonly valueDim: number;
}
type Shape = [number, number, number, number];

const sizes = {
  seed: fc.nat(1e6),
  batch: fc.integer({ min: 1, max: 3 }),
  heads: fc.integer({ min: 1, max: 4 }),
  length: fc.integer({ min: 1, max: 150 }),
  headDim: fc.integer({ min: 1, max: 6 }),
  valueDim: fc.integer({ min: 1, max: 6 }),
};
/** The paper's decays and others: strong ones, whose powers leave float32, and none at all. */
const decays = fc.oneof(
  fc.constant(undefined),
  fc.array(fc.constantFrom(1e-3, 0.3, 0.9, 0.999, 1), { minLength: 4, maxLength: 4 }),
);
const chunks = fc.integer({ min: 1, max: 64 });

const shapesOf = ({ batch, heads, length, headDim, valueDim }: Sizes): Record<"q" | "k" | "v", Shape> => ({
  q: [batch, heads, length, headDim],
  k: [batch, heads, length, headDim],
  v: [batch, heads, length, valueDim],
});

function gridsOf(of: Sizes): Record<"q" | "k" | "v", Grid> {
  const shapes = shapesOf(of);
  const draw = (offset: number, shape: Shape) => {
    const values = normalValues(
      of.seed + offset,
      shape.reduce((product, n) => product * n, 1),
    );
    return gridOf(shape, (i) => values[i] ?? 0);
  };
  return { q: draw(0, shapes.q), k: draw(1, shapes.k), v: draw(2, shapes.v) };
}

function tensorsOf(grids: Record<"q" | "k" | "v", Grid>): RetentionTensors {
  const float = ({ shape, values }: Grid) => tensor(Float32Array.from(values), shape as Shape) as Tensor4D;
  return { q: float(grids.q), k: float(grids.k), v: float(grids.v) };
}

function valuesOf(body: () => Tensor): Float32Array {
  const output = scope("test", body);
  const values = output.dataSync() as Float32Array;
  output.dispose();
  return values;
}

/** Largest difference over the largest value. */
function error(got: ArrayLike<number>, want: ArrayLike<number>): number {
  expect(got.length).toBe(want.length);
  let [difference, largest] = [0, 1e-30];
  for (let i = 0; i < want.length; i++) {
    // A NaN stays, because it is not below anything.
    if (!(Math.abs(got[i]! - want[i]!) <= difference)) difference = Math.abs(got[i]! - want[i]!);
    largest = Math.max(largest, Math.abs(want[i]!));
  }
  return difference / largest;
}

/** The definition in float64 loops. */
function definition(grids: Record<"q" | "k" | "v", Grid>, of: Sizes, { gammas, scale, sees }: RetentionOptions) {
  const { heads, headDim, valueDim, length } = of;
  const site = { heads, keyValueHeads: heads, headDim, valueDim, scale, causal: sees === "past" };
  const whole = { ...site, maxLength: length, dropout: 0, seed: 0 };
  const call = { ...grids, site: whole, input: grids.v, queryOffset: 0, parameters: {}, constants: {} };
  return oracleOf(gammas)(call).values;
}

function optionsOf(heads: number, gammas: readonly number[] | undefined, sees: RetentionOptions["sees"]) {
  return { gammas: gammas?.slice(0, heads) ?? retNetGammas(heads), scale: 0.4, sees };
}

describe("the three forms", () => {
  it("are the definition, and each other, to 1e-5 at any shape, seed, decay and chunk", () => {
    fc.assert(
      fc.property(fc.record(sizes), decays, chunks, (of, gammas, chunk) => {
        const options = optionsOf(of.heads, gammas, "past");
        const grids = gridsOf(of);
        const want = definition(grids, of, options);
        const parallel = valuesOf(() => parallelRetention(tensorsOf(grids), options));
        const recurrent = valuesOf(() => recurrentRetention(tensorsOf(grids), options));
        const chunkwise = valuesOf(() => chunkwiseRetention(tensorsOf(grids), { ...options, chunk }));
        for (const form of [parallel, recurrent, chunkwise]) expect(error(form, want)).toBeLessThan(1e-5);
        expect(error(recurrent, parallel)).toBeLessThan(1e-5);
        expect(error(chunkwise, parallel)).toBeLessThan(1e-5);
        expect(error(chunkwise, recurrent)).toBeLessThan(1e-5);
      }),
      { numRuns: 40 },
    );
  });

  it("stay equal over long sequences, where powers of the decay vanish", () => {
    const of = { seed: 1, batch: 1, heads: 3, length: 1500, headDim: 4, valueDim: 4 };
    const options = { gammas: [0.5, 31 / 32, 1], scale: 0.5, sees: "past" } as const;
    const grids = gridsOf(of);
    const want = definition(grids, of, options);
    const recurrent = valuesOf(() => recurrentRetention(tensorsOf(grids), options));
    const chunkwise = valuesOf(() => chunkwiseRetention(tensorsOf(grids), { ...options, chunk: 128 }));
    expect(error(recurrent, want)).toBeLessThan(1e-5);
    expect(error(chunkwise, want)).toBeLessThan(1e-5);
    expect(error(chunkwise, recurrent)).toBeLessThan(1e-5);
  });

  it("look both ways alike", () => {
    fc.assert(
      fc.property(fc.record(sizes), decays, chunks, (of, gammas, chunk) => {
        const options = optionsOf(of.heads, gammas, "all");
        const grids = gridsOf(of);
        const want = definition(grids, of, options);
        expect(
          error(
            valuesOf(() => parallelRetention(tensorsOf(grids), options)),
            want,
          ),
        ).toBeLessThan(1e-5);
        const chunkwise = valuesOf(() => chunkwiseRetention(tensorsOf(grids), { ...options, chunk }));
        expect(error(chunkwise, want)).toBeLessThan(1e-5);
      }),
      { numRuns: 25 },
    );
  });
});

describe("the chunkwise form's own gradient", () => {
  it.each(["past", "future", "all"] as const)("is that of the parallel form, seeing %s", (sees) => {
    fc.assert(
      fc.property(
        fc.record({ ...sizes, length: fc.integer({ min: 1, max: 40 }) }),
        decays,
        chunks,
        (of, gammas, chunk) => {
          const options = optionsOf(of.heads, gammas, sees);
          const gradients = (form: (inputs: RetentionTensors) => Tensor4D) => {
            const { q, k, v } = tensorsOf(gridsOf(of));
            const taken = scope("gradients", () => {
              const cotangent = randomNormal(of.seed + 9, shapesOf(of).v);
              const loss = (q: Tensor, k: Tensor, v: Tensor) =>
                sum(mul(form({ q, k, v } as RetentionTensors), cotangent)) as Scalar;
              return grads(loss)([q, k, v]);
            });
            const values = taken.map((each) => each.dataSync());
            for (const each of [q, k, v, ...taken]) each.dispose();
            return values;
          };
          const want = gradients((inputs) => parallelRetention(inputs, options));
          const got = gradients((inputs) => chunkwiseRetention(inputs, { ...options, chunk }));
          for (const [i, values] of want.entries()) expect(error(got[i]!, values)).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("memory and errors", () => {
  const of = { seed: 1, batch: 2, heads: 2, length: 9, headDim: 3, valueDim: 2 };
  const options = { gammas: [0.9, 0.8], scale: 1, sees: "past" } as const;

  it("no form leaves a tensor behind, differentiated or not", () => {
    const before = memory().numTensors;
    const forms = [
      (inputs: RetentionTensors) => parallelRetention(inputs, options),
      (inputs: RetentionTensors) => recurrentRetention(inputs, options),
      (inputs: RetentionTensors) => chunkwiseRetention(inputs, { ...options, chunk: 4 }),
      (inputs: RetentionTensors) => chunkwiseRetention(inputs, { ...options, sees: "all", chunk: 4 }),
    ];
    for (const form of forms) {
      valuesOf(() => form(tensorsOf(gridsOf(of))));
      scope("gradients", () => {
        const { q, k, v } = tensorsOf(gridsOf(of));
        const loss = (...x: Tensor[]) => sum(form({ q: x[0], k: x[1], v: x[2] } as RetentionTensors)) as Scalar;
        return void grads(loss)([q, k, v]);
      });
    }
    expect(memory().numTensors).toBe(before);
  });

  it("shapes and decays that do not fit are refused with one sentence", () => {
    const attempt = (changes: Partial<Sizes>, more: Partial<RetentionOptions> = {}) =>
      scope("refused", () => {
        const { q, k, v } = { ...tensorsOf(gridsOf(of)), k: tensorsOf(gridsOf({ ...of, ...changes })).k };
        return void parallelRetention({ q, k, v }, { ...options, ...more });
      });
    const before = memory().numTensors;
    expect(() => attempt({ length: 8 })).toThrow("parallelRetention: k must be [2,2,9,3], as q, got [2,2,8,3]");
    expect(() => attempt({}, { gammas: [1] })).toThrow(
      "parallelRetention: gammas must have one number for each of 2 heads, got [1]",
    );
    expect(() => attempt({}, { gammas: [1, 1.5] })).toThrow(
      "parallelRetention: gammas must be above 0 and at most 1, got 1.5",
    );
    expect(() => valuesOf(() => chunkwiseRetention(tensorsOf(gridsOf(of)), { ...options, chunk: 0 }))).toThrow(
      "chunkwiseRetention: chunk must be a positive integer, got 0",
    );
    expect(memory().numTensors).toBe(before);
  });

  it("decays of the paper: 1 - 2^(-5-h)", () => {
    expect(retNetGammas(3)).toEqual([31 / 32, 63 / 64, 127 / 128]);
  });
});
