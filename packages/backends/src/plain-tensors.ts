import type { TensorInfo } from "@tensorflow/tfjs-core";
import { broadcastStrides } from "./broadcast.ts";
import { copyBlock, type Side } from "./copy-block.ts";
import type { EngineBackend } from "./engine-backend.ts";
import { type PlainArray, plainPermute } from "./plain-permute.ts";
import { type Shape, sizeOf, stridesOf } from "./shapes.ts";

/** Integers and booleans, which the engines do not compute with: plain loops over typed arrays, far from the stock per-element indexing. */

/** The elements of a float32, int32 or bool tensor, to read only. */
export function plainValues(tensor: TensorInfo, backend: EngineBackend): PlainArray | undefined {
  const { values } = backend.data.get(tensor.dataId);
  const known = values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array;
  return known && sizeOf(tensor.shape) > 0 ? values : undefined;
}

/** A new array of the same element type. */
export function plainLike(values: PlainArray, length: number): PlainArray {
  if (values instanceof Uint8Array) return new Uint8Array(length);
  return values instanceof Int32Array ? new Int32Array(length) : new Float32Array(length);
}

/** The elements repeated to the shape `output`; the array itself where nothing repeats. */
export function plainBroadcast(values: PlainArray, shape: Shape, output: Shape): PlainArray {
  if (sizeOf(shape) === sizeOf(output)) return values;
  const y = plainLike(values, sizeOf(output));
  const from: Side<PlainArray> = { values, offset: 0, strides: broadcastStrides(shape, output) };
  copyBlock({ permute: plainPermute }, output, from, { values: y, offset: 0, strides: stridesOf(output) });
  return y;
}
