import { describe, expect, it } from "vitest";
import type { BinaryOperation, Operand, UnaryOperation } from "../src/index.ts";
import { engines, randomArray, relativeError, unwritten } from "./engines.ts";

const erfOf = (x: number): number => {
  // Abramowitz & Stegun 7.1.5 for small arguments, its continued fraction (7.1.14) for large ones.
  const z = Math.abs(x);
  if (z < 3) {
    let [term, sum] = [z, z];
    for (let n = 1; n < 100; n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction);
  return Math.sign(x) * (1 - Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction));
};
const phi = (x: number): number => 0.5 * (1 + erfOf(x / Math.SQRT2));
const inner = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

const unary: Record<UnaryOperation, (x: number) => number> = {
  relu: (x) => Math.max(0, x),
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  square: (x) => x * x,
  negate: (x) => -x,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  erf: erfOf,
  step: (x) => (x > 0 ? 1 : 0.25),
  abs: Math.abs,
  eluPlusOne: (x) => (x > 0 ? x + 1 : Math.exp(x)),
  geluErf: (x) => x * phi(x),
  geluTanh: (x) => 0.5 * x * (1 + Math.tanh(inner(x))),
  sin: Math.sin,
  cos: Math.cos,
  reciprocal: (x) => 1 / x,
};
const positive = new Set<UnaryOperation>(["log", "sqrt", "rsqrt", "reciprocal"]);
const binary: Record<BinaryOperation, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  squaredDifference: (a, b) => (a - b) ** 2,
};
const names = <T extends string>(record: Record<T, unknown>): T[] => Object.keys(record) as T[];

describe.each(engines)("elementwise kernels on $label", ({ load }) => {
  it.each(names(unary))("%s equals float64 relative to each value", async (operation) => {
    const engine = await load();
    const x = randomArray(1, 20_003, 4).map((v, i) =>
      positive.has(operation) ? Math.abs(v) + 0.01 : i % 3 ? v : v / 100,
    );
    const y = unwritten(x.length);
    engine.unary(operation, x, y, 0.25);
    for (const [i, v] of x.entries()) {
      const wanted = unary[operation](v);
      // Values near a zero of the function may be off by a rounding error of 1; the tails of erfc by 2e-7.
      if (!(Math.abs(y[i]! - wanted) <= 3e-6 * Math.abs(wanted) + 4e-7)) expect([v, y[i]]).toEqual([v, wanted]);
    }
  });

  it("keeps the limits of exp, log, tanh, and large angles", async () => {
    const engine = await load();
    const apply = (operation: UnaryOperation, values: number[]): Float32Array => {
      const y = unwritten(values.length);
      engine.unary(operation, Float32Array.from(values), y);
      return y;
    };
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const limits = apply("exp", [infinity, -infinity, 89, -110, nan, 88.5, -95]);
    expect(Array.from(limits.subarray(0, 5))).toEqual([infinity, 0, infinity, 0, nan]);
    expect(limits[5]! / Math.exp(88.5)).toBeCloseTo(1, 5);
    expect(Math.abs(limits[6]! - Math.exp(-95))).toBeLessThan(1e-43);
    expect(Array.from(apply("log", [0, -1, infinity, nan, 1]))).toEqual([-infinity, nan, infinity, nan, 0]);
    expect(
      relativeError(
        apply("log", [1e-40, 1e-38, 3e38]),
        [1e-40, 1e-38, 3e38].map((v) => Math.log(Math.fround(v))),
      ),
    ).toBeLessThan(1e-6);
    expect(Array.from(apply("tanh", [infinity, -infinity, 50, 0, nan]))).toEqual([1, -1, 1, 0, nan]);
    expect(apply("tanh", [1e-6])[0]).toBeCloseTo(1e-6, 12);
    const angles = [1e4, -12345.678, 1e6, 3e7].map(Math.fround);
    expect(relativeError(apply("sin", angles), angles.map(Math.sin))).toBeLessThan(1e-6);
    expect(relativeError(apply("cos", angles), angles.map(Math.cos))).toBeLessThan(1e-6);
    expect(Array.from(apply("step", [-1, 0, 2, nan]))).toEqual([0, 0, 1, nan]);
  });

  it.each(["geluErf", "geluTanh"] as const)("the gradient of %s equals its difference quotient", async (operation) => {
    const x = randomArray(3, 1003, 2);
    const dy = randomArray(4, 1003);
    const dx = unwritten(1003);
    (await load()).unaryGradient(operation, x, dy, dx);
    const h = 1e-5;
    const slope = (v: number): number => (unary[operation](v + h) - unary[operation](v - h)) / (2 * h);
    expect(
      relativeError(
        dx,
        Array.from(x, (v, i) => slope(v) * dy[i]!),
      ),
    ).toBeLessThan(2e-6);
  });

  it("the gradients of relu and elu + 1 read the result", async () => {
    const engine = await load();
    const y = Float32Array.from([0, 0.25, 1, 3, Number.NaN]);
    const [dy, dx] = [new Float32Array(5).fill(2), unwritten(5)];
    engine.unaryGradient("eluPlusOne", y, dy, dx);
    expect(Array.from(dx)).toEqual([0, 0.5, 2, 2, Number.NaN]);
    engine.unaryGradient("relu", y.subarray(0, 4), dy, dx);
    expect(Array.from(dx).slice(0, 4)).toEqual([0, 2, 2, 2]);
  });

  it.each(names(binary))("%s with every pair of broadcasts", async (operation) => {
    const engine = await load();
    const [rows, columns] = [37, 53];
    const lengths = { full: rows * columns, scalar: 1, row: columns, column: rows };
    const index = {
      full: (r: number, c: number) => r * columns + c,
      scalar: () => 0,
      row: (_: number, c: number) => c,
      column: (r: number) => r,
    };
    for (const left of names(lengths))
      for (const right of names(lengths)) {
        const a: Operand = { values: randomArray(5, lengths[left]), broadcast: left };
        const b: Operand = {
          values: randomArray(6, lengths[right]).map((v) => v + (v < 0 ? -0.1 : 0.1)),
          broadcast: right,
        };
        const y = unwritten(rows * columns);
        engine.binary(operation, rows, columns, a, b, y);
        const wanted = Array.from(y, (_, i) => {
          const [r, c] = [Math.floor(i / columns), i % columns];
          return binary[operation](a.values[index[left](r, c)]!, b.values[index[right](r, c)]!);
        });
        expect(relativeError(y, wanted), `${left} ${right}`).toBeLessThan(1e-6);
      }
  });

  it("a NaN wins in maximum and minimum", async () => {
    const engine = await load();
    for (const operation of ["maximum", "minimum"] as const) {
      const y = unwritten(2);
      const values = (...v: number[]): Operand => ({ values: Float32Array.from(v), broadcast: "full" });
      engine.binary(operation, 1, 2, values(Number.NaN, 1), values(1, Number.NaN), y);
      expect(Array.from(y)).toEqual([Number.NaN, Number.NaN]);
    }
  });

  it("accumulates in place", async () => {
    const into = randomArray(1, 40_000);
    const x = randomArray(2, 40_000);
    const wanted = into.map((v, i) => v + x[i]!);
    (await load()).accumulate(x, into);
    expect(into).toEqual(wanted);
  });

  it("permutes: a transpose, a slice, a join, and reversal by a negative stride", async () => {
    const engine = await load();
    const x = Float32Array.from({ length: 24 }, (_, i) => i);
    const y = unwritten(24);
    // [2,3,4] -> [4,2,3]
    engine.permute([1, 4, 2, 3], [0, 1, 12, 4], 1, x, 0, y, 0, [0, 6, 3, 1]);
    expect(Array.from(y.subarray(0, 7))).toEqual([0, 4, 8, 12, 16, 20, 1]);
    const slice = unwritten(4);
    engine.permute([1, 1, 1, 2], [0, 0, 0, 12], 2, x, 5, slice, 0, [0, 0, 0, 2]);
    expect(Array.from(slice)).toEqual([5, 6, 17, 18]);
    engine.permute([1, 1, 1, 1], [0, 0, 0, 0], 2, x, 20, slice, 1, [0, 0, 0, 0]);
    expect(Array.from(slice)).toEqual([5, 20, 21, 18]);
    engine.permute([1, 1, 1, 4], [0, 0, 0, -1], 1, x, 3, slice, 0, [0, 0, 0, 1]);
    expect(Array.from(slice)).toEqual([3, 2, 1, 0]);
  });
});
