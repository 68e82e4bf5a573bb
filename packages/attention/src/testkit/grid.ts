import { tensor, type Tensor } from "@tensorflow/tfjs-core";
import { carry, normalValues, scope } from "@attention-lab/tensors";
import type { Verdict } from "./finding.ts";

/** Numbers in float64 with a shape, row-major: the oracle's tensors. */
export interface Grid {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

export function gridOf(shape: readonly number[], value: (index: number) => number): Grid {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, values: Float64Array.from({ length: size }, (_, index) => value(index)) };
}

/** Standard normal numbers that float32 holds exactly. */
export function normalGrid(seed: number, shape: readonly number[]): Grid {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, values: Float64Array.from(normalValues(seed, size)) };
}

/** The element at the given indices. */
export function at(grid: Grid, ...indices: number[]): number {
  return grid.values[offsetOf(grid, indices)] ?? Number.NaN;
}

export function offsetOf({ shape }: Grid, indices: readonly number[]): number {
  return indices.reduce((offset, index, axis) => offset * (shape[axis] ?? 1) + index, 0);
}

/** Rows [start, start + size) of one axis. */
export function sliceGrid(grid: Grid, axis: number, start: number, size: number): Grid {
  const extent = grid.shape[axis] ?? 1;
  const inner = grid.shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const shape = grid.shape.map((n, a) => (a === axis ? size : n));
  return gridOf(shape, (index) => {
    const outer = Math.floor(index / (size * inner));
    return grid.values[(outer * extent + start) * inner + (index % (size * inner))] ?? Number.NaN;
  });
}

export function toTensor({ shape, values }: Grid): Tensor {
  return tensor(Float32Array.from(values), [...shape]);
}

/** Runs the body in a scope, reads the tensors it returns and frees them. */
export async function read(name: string, body: () => readonly Tensor[]): Promise<Grid[]> {
  const tensors = scope(name, () => [...body()]);
  const grids: Grid[] = [];
  for (const each of tensors) grids.push({ shape: [...each.shape], values: Float64Array.from(await each.data()) });
  release(tensors);
  return grids;
}

/** Frees tensors that outlived their scope: a state whose successor holds nothing. */
export function release(tensors: readonly Tensor[]): void {
  carry([...tensors], () => []);
}

/** Compares element by element; the detail names the largest error and its place. */
export function compare(what: string, got: Grid, want: Grid, { relative, absolute }: Tolerance): Verdict {
  if (got.shape.join() !== want.shape.join()) {
    return { ok: false, detail: `${what}: shape must be [${want.shape.join()}], got [${got.shape.join()}]` };
  }
  let worstExcess = Number.NEGATIVE_INFINITY;
  let worstIndex = 0;
  for (const [index, expected] of want.values.entries()) {
    const error = Math.abs((got.values[index] ?? Number.NaN) - expected);
    // NaN compares false with everything: it must count as the largest error.
    const excess = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error - (absolute + relative * Math.abs(expected));
    if (excess > worstExcess) [worstExcess, worstIndex] = [excess, index];
  }
  const gotValue = got.values[worstIndex] ?? 0;
  const wantValue = want.values[worstIndex] ?? 0;
  const place = `at [${unravel(want.shape, worstIndex).join()}]`;
  if (worstExcess > 0) return { ok: false, detail: `${what}: got ${gotValue}, want ${wantValue} ${place}` };
  return { ok: true, detail: `${what}: largest error ${Math.abs(gotValue - wantValue).toExponential(1)} ${place}` };
}

function unravel(shape: readonly number[], index: number): number[] {
  const place: number[] = [];
  let rest = index;
  for (const extent of [...shape].reverse()) {
    place.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return place;
}

/** Largest difference between two grids of one shape. */
export function largestDifference(a: Grid, b: Grid): number {
  return a.values.reduce((most, value, index) => Math.max(most, Math.abs(value - (b.values[index] ?? Number.NaN))), 0);
}
