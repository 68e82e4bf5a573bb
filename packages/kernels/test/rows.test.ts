import { describe, expect, it } from "vitest";
import type { Engine } from "../src/index.ts";
import { engines, randomArray, relativeError, sameBits, unwritten } from "./engines.ts";

const shapes = [
  [1, 1],
  [3, 5],
  [70, 64],
  [33, 257],
  [300, 130],
] as const;
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const rowsOf = (x: Float32Array, columns: number): number[][] =>
  Array.from({ length: x.length / columns }, (_, r) => Array.from(x.subarray(r * columns, (r + 1) * columns)));
const logSumExpOf = (row: number[]): number => {
  const top = Math.max(...row);
  return top + Math.log(sum(row.map((x) => Math.exp(x - top))));
};

/** Everything that one engine computes on one shape, for the comparison of thread counts. */
function runAll(engine: Engine, rows: number, columns: number): Record<string, Float32Array> {
  const size = rows * columns;
  const x = randomArray(1, size, 3);
  const dy = randomArray(2, size);
  const gamma = randomArray(3, columns);
  const beta = randomArray(4, columns);
  const labels = Int32Array.from({ length: rows }, (_, r) => (r % 4 === 3 ? -1 : (r * 7) % columns));
  const y = { norm: size, dx: size, softmax: size, logSoftmax: size, dLogits: size, gathered: size };
  const out = Object.fromEntries(Object.entries(y).map(([name, n]) => [name, unwritten(n)])) as Record<
    keyof typeof y,
    Float32Array
  >;
  const statistics = unwritten(2 * rows);
  const [dGamma, dBeta, columnSums] = [unwritten(columns), unwritten(columns), unwritten(columns)];
  const [logSumExp, sums, maxima, loss] = [unwritten(rows), unwritten(rows), unwritten(rows), unwritten(1)];
  const scattered = unwritten(7 * columns);
  engine.layerNorm(rows, columns, 1e-5, x, gamma, beta, out.norm, statistics);
  engine.layerNormGradient(rows, columns, x, gamma, statistics, dy, out.dx, dGamma, dBeta);
  engine.softmax(rows, columns, x, out.softmax);
  engine.logSoftmax(rows, columns, x, out.logSoftmax);
  engine.crossEntropy(rows, columns, x, labels, logSumExp, loss);
  engine.crossEntropyGradient(rows, columns, x, labels, logSumExp, Float32Array.of(0.5), out.dLogits);
  const indices = Int32Array.from({ length: rows }, (_, r) => (r * 5) % 7);
  engine.gather(rows, columns, 7, randomArray(5, 7 * columns), indices, out.gathered);
  engine.scatterAdd(rows, columns, 7, x, indices, scattered);
  engine.reduceRows("sum", rows, columns, 0.5, x, sums);
  engine.reduceRows("max", rows, columns, 1, x, maxima);
  engine.reduceColumns(rows, columns, 2, x, columnSums);
  return { ...out, statistics, dGamma, dBeta, columnSums, logSumExp, sums, maxima, loss, scattered };
}

/** The same in float64. */
function reference(rows: number, columns: number): Record<string, number[]> {
  const x = rowsOf(randomArray(1, rows * columns, 3), columns);
  const dy = rowsOf(randomArray(2, rows * columns), columns);
  const gamma = Array.from(randomArray(3, columns));
  const beta = Array.from(randomArray(4, columns));
  const table = rowsOf(randomArray(5, 7 * columns), columns);
  const columnOf = (f: (r: number, c: number) => number) =>
    Array.from({ length: columns }, (_, c) => sum(x.map((_row, r) => f(r, c))));
  const moments = x.map((row) => {
    const mean = sum(row) / columns;
    return [mean, 1 / Math.sqrt(sum(row.map((v) => (v - mean) ** 2)) / columns + 1e-5)] as const;
  });
  const hat = x.map((row, r) => row.map((v) => (v - moments[r]![0]) * moments[r]![1]));
  const counted = x.map((_, r) => r).filter((r) => r % 4 !== 3);
  const lse = x.map(logSumExpOf);
  const label = (r: number) => (r * 7) % columns;
  return {
    norm: hat.flatMap((row) => row.map((h, c) => h * gamma[c]! + beta[c]!)),
    statistics: moments.flat(),
    dx: hat.flatMap((row, r) => {
      const t = dy[r]!.map((d, c) => d * gamma[c]!);
      const mean = sum(t) / columns;
      const dot = sum(t.map((v, c) => v * row[c]!)) / columns;
      return t.map((v, c) => moments[r]![1] * (v - mean - row[c]! * dot));
    }),
    dGamma: columnOf((r, c) => dy[r]![c]! * hat[r]![c]!),
    dBeta: columnOf((r, c) => dy[r]![c]!),
    softmax: x.flatMap((row, r) => row.map((v) => Math.exp(v - lse[r]!))),
    logSoftmax: x.flatMap((row, r) => row.map((v) => v - lse[r]!)),
    logSumExp: lse,
    loss: [sum(counted.map((r) => lse[r]! - x[r]![label(r)]!)) / Math.max(1, counted.length)],
    dLogits: x.flatMap((row, r) =>
      row.map((v, c) => (r % 4 === 3 ? 0 : ((Math.exp(v - lse[r]!) - Number(c === label(r))) * 0.5) / counted.length)),
    ),
    gathered: x.flatMap((_, r) => table[(r * 5) % 7]!),
    scattered: table.flatMap((row, t) => row.map((_, c) => sum(x.map((v, r) => ((r * 5) % 7 === t ? v[c]! : 0))))),
    sums: x.map((row) => sum(row) / 2),
    maxima: x.map((row) => Math.max(...row)),
    columnSums: columnOf((r, c) => 2 * x[r]![c]!),
  };
}

describe.each(engines)("row kernels on $label", ({ load }) => {
  it.each(shapes)("%i x %i equal float64", async (rows, columns) => {
    const got = runAll(await load(), rows, columns);
    const wanted = reference(rows, columns);
    expect(Object.keys(got).toSorted()).toEqual(Object.keys(wanted).toSorted());
    for (const [name, values] of Object.entries(wanted)) {
      // One column has no variance: there the gradient of the mean is all rounding error.
      if (name === "dx" && columns === 1) continue;
      expect(relativeError(got[name] ?? [], values), name).toBeLessThan(1e-5);
    }
  });

  it("gives the same bits for 1, 2 and 4 threads", async () => {
    const one = runAll(await load(1), 700, 300);
    for (const threads of [2, 4]) {
      const many = runAll(await load(threads), 700, 300);
      for (const name in one) expect(sameBits(many[name]!, one[name]!), name).toBe(true);
    }
  });

  it("gives zero loss and gradient when no row is counted", async () => {
    const engine = await load();
    const loss = unwritten(1);
    const [logSumExp, dLogits] = [unwritten(2), unwritten(6)];
    const labels = Int32Array.of(-1, -100);
    engine.crossEntropy(2, 3, randomArray(1, 6), labels, logSumExp, loss);
    engine.crossEntropyGradient(2, 3, randomArray(1, 6), labels, logSumExp, Float32Array.of(1), dLogits);
    expect(loss[0]).toBe(0);
    expect(Array.from(dLogits)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
