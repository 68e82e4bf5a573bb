import type { TensorInfo } from "@tensorflow/tfjs-core";

export type Shape = readonly number[];

/** Number of elements; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/** Length of the last axis; 1 for a scalar. */
export function lastOf(shape: Shape): number {
  return shape[shape.length - 1] ?? 1;
}

/** Elements between neighbours along each axis of a row-major array. */
export function stridesOf(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = at(strides, axis + 1) * at(shape, axis + 1);
  return strides;
}

/** The axis counted from the front. */
export function axisFromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** A shape's entry that is known to exist. */
export function at(shape: Shape, index: number): number {
  const length = shape[index];
  if (length === undefined) throw new RangeError(`shape: index must be below ${shape.length}, got ${index}`);
  return length;
}

/** Whether the engines can take these tensors: float32 and not empty. */
export function areFloats(...tensors: readonly TensorInfo[]): boolean {
  return tensors.every((tensor) => tensor.dtype === "float32" && sizeOf(tensor.shape) > 0);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}
