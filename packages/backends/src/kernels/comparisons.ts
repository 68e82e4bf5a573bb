import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import { type Kernel, kernel, type Kernels } from "../kernel.ts";
import { plainBroadcast, plainValues } from "../plain-tensors.ts";
import { sizeOf } from "../shapes.ts";

type Comparison = (a: number, b: number) => boolean;

const comparisons: Readonly<Record<string, Comparison>> = {
  Equal: (a, b) => a === b,
  NotEqual: (a, b) => a !== b,
  Greater: (a, b) => a > b,
  GreaterEqual: (a, b) => a >= b,
  Less: (a, b) => a < b,
  LessEqual: (a, b) => a <= b,
  LogicalAnd: (a, b) => a !== 0 && b !== 0,
  LogicalOr: (a, b) => a !== 0 || b !== 0,
};

/** Masks: the stock kernels index every element of a broadcast operand by its coordinates, which costs more than the attention itself. */
const comparison = (holds: Comparison): Kernel =>
  kernel(({ a, b }: { a: TensorInfo; b: TensorInfo }, _attrs: object, backend) => {
    const [left, right] = [plainValues(a, backend), plainValues(b, backend)];
    if (left === undefined || right === undefined) return undefined;
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const [x, y] = [plainBroadcast(left, a.shape, shape), plainBroadcast(right, b.shape, shape)];
    const values = new Uint8Array(sizeOf(shape));
    for (let i = 0; i < values.length; i++) values[i] = holds(x[i] ?? 0, y[i] ?? 0) ? 1 : 0;
    return backend.makeTensorInfo(shape, "bool", values);
  });

export const comparisonKernels: Kernels = Object.fromEntries(
  Object.entries(comparisons).map(([name, holds]) => [name, comparison(holds)]),
);
