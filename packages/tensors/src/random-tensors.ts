/** Seeded random tensors: made on the host, so every backend gets the same numbers. */
import { tensor, type Tensor } from "@tensorflow/tfjs-core";
import { normalValues, uniformValues } from "./random-values.ts";

/** Uniform on [low, high); float32. */
export function randomUniform(seed: number, shape: readonly number[], low = 0, high = 1): Tensor {
  const values = uniformValues(seed, sizeOf(shape));
  return tensor(scaled(values, high - low, low), [...shape], "float32");
}

/** Normal with the given mean and standard deviation; float32. */
export function randomNormal(seed: number, shape: readonly number[], mean = 0, standardDeviation = 1): Tensor {
  const values = normalValues(seed, sizeOf(shape));
  return tensor(scaled(values, standardDeviation, mean), [...shape], "float32");
}

function scaled(values: Float32Array, factor: number, offset: number): Float32Array {
  for (let index = 0; index < values.length; index++) values[index] = (values[index] ?? 0) * factor + offset;
  return values;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);
