import type { Four } from "@attention-lab/kernels";
import type { PlainArray } from "./plain-permute.ts";
import { at, type Shape } from "./shapes.ts";

/** One side of a copy: element [i0, i1, ...] lies at offset + i0 * strides[0] + i1 * strides[1] + ... A stride of 0 repeats. */
export interface Side<V extends PlainArray = Float32Array> {
  readonly values: V;
  readonly offset: number;
  readonly strides: Shape;
}

interface Axis {
  readonly length: number;
  readonly from: number;
  readonly to: number;
}

/** What copies along up to four axes: an engine, or `plainPermute` for booleans and integers. */
export interface Copier<V extends PlainArray> {
  permute(counts: Four, strides: Four, run: number, x: V, xOffset: number, y: V, yOffset: number, yStrides: Four): void;
}

/** Copies a block of any rank between two strided arrays: the one primitive behind every layout kernel. */
export function copyBlock<V extends PlainArray>(copier: Copier<V>, shape: Shape, from: Side<V>, to: Side<V>): void {
  const axes = mergedAxes(shape, from.strides, to.strides);
  const last = axes[axes.length - 1];
  const run = last !== undefined && last.from === 1 && last.to === 1 ? last.length : 1;
  if (run > 1) axes.pop();
  const inner = axes.splice(Math.max(0, axes.length - 4)); // the copier walks four axes, the loop below any others
  while (inner.length < 4) inner.unshift({ length: 1, from: 0, to: 0 });
  const counts = four(inner.map((axis) => axis.length));
  const fromStrides = four(inner.map((axis) => axis.from));
  const toStrides = four(inner.map((axis) => axis.to));
  const walk = (depth: number, fromOffset: number, toOffset: number): void => {
    const axis = axes[depth];
    if (axis === undefined) {
      copier.permute(counts, fromStrides, run, from.values, fromOffset, to.values, toOffset, toStrides);
      return;
    }
    for (let i = 0; i < axis.length; i++) walk(depth + 1, fromOffset + i * axis.from, toOffset + i * axis.to);
  };
  walk(0, from.offset, to.offset);
}

/** Drops axes of length 1 and joins neighbours that both sides walk as one, so that runs are long and axes few. */
function mergedAxes(shape: Shape, from: Shape, to: Shape): Axis[] {
  const axes: Axis[] = [];
  for (let i = 0; i < shape.length; i++) {
    const axis = { length: at(shape, i), from: at(from, i), to: at(to, i) };
    if (axis.length === 1) continue;
    const before = axes[axes.length - 1];
    if (before?.from === axis.from * axis.length && before.to === axis.to * axis.length) {
      axes[axes.length - 1] = { ...axis, length: before.length * axis.length };
    } else {
      axes.push(axis);
    }
  }
  return axes;
}

function four(numbers: Shape): Four {
  return [at(numbers, 0), at(numbers, 1), at(numbers, 2), at(numbers, 3)];
}
