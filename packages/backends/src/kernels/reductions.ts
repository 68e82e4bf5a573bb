import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { EngineBackend } from "../engine-backend.ts";
import { type Kernel, kernel, type Kernels } from "../kernel.ts";
import { areFloats, axisFromFront, lastOf, type Shape, sizeOf } from "../shapes.ts";

type Reduction = "sum" | "mean" | "max";
interface Attributes {
  /** null: all axes. */
  readonly axis?: number | number[] | null;
  /** Max calls its axes by this name. */
  readonly reductionIndices?: number | number[] | null;
  readonly keepDims: boolean;
}

/** A tensor read as [outer, reduced, inner]: the reduced axes are neighbours. */
interface Block {
  readonly outer: number;
  readonly reduced: number;
  readonly inner: number;
  readonly output: Shape;
}

function blockOf(shape: Shape, axis: number | number[] | null, keepDims: boolean): Block | undefined {
  const all = shape.map((_, i) => i);
  const axes = axis === null ? all : [axis].flat().map((a) => axisFromFront(a, shape.length));
  axes.sort((a, b) => a - b);
  const from = axes[0];
  if (from === undefined || !axes.every((a, i) => a === from + i)) return undefined;
  const to = from + axes.length;
  const [outer, reduced, inner] = [shape.slice(0, from), shape.slice(from, to), shape.slice(to)];
  const kept = keepDims ? reduced.map(() => 1) : [];
  return {
    outer: sizeOf(outer),
    reduced: sizeOf(reduced),
    inner: sizeOf(inner),
    output: [...outer, ...kept, ...inner],
  };
}

function reduce(reduction: Reduction, x: TensorInfo, block: Block, backend: EngineBackend): TensorInfo {
  const { outer, reduced, inner } = block;
  const output = backend.output(block.output);
  const [values, y] = [backend.values(x), backend.values(output)];
  const scale = reduction === "mean" ? 1 / reduced : 1;
  if (inner === 1) {
    backend.engine.reduceRows(reduction === "max" ? "max" : "sum", outer, reduced, scale, values, y);
    return output;
  }
  for (let i = 0; i < outer; i++) {
    const rows = values.subarray(i * reduced * inner, (i + 1) * reduced * inner);
    backend.engine.reduceColumns(reduced, inner, scale, rows, y.subarray(i * inner, (i + 1) * inner));
  }
  return output;
}

const reduction = (name: Reduction): Kernel =>
  kernel(({ x }: { x: TensorInfo }, { axis, reductionIndices, keepDims }: Attributes, backend) => {
    const block = areFloats(x) ? blockOf(x.shape, axis ?? reductionIndices ?? null, keepDims) : undefined;
    // The engines have no maximum down columns.
    if (block === undefined || (name === "max" && block.inner > 1)) return undefined;
    return reduce(name, x, block, backend);
  });

/** logSoftmax needs no kernel of its own: TensorFlow.js composes it of others. */
const softmax = kernel(({ logits }: { logits: TensorInfo }, { dim }: { dim: number }, backend) => {
  const rank = logits.shape.length;
  if (!areFloats(logits) || rank === 0 || axisFromFront(dim, rank) !== rank - 1) return undefined;
  const output = backend.output(logits.shape);
  const columns = lastOf(logits.shape);
  backend.engine.softmax(sizeOf(logits.shape) / columns, columns, backend.values(logits), backend.values(output));
  return output;
});

const addN = kernel((inputs: TensorInfo[], _attrs: object, backend) => {
  const [first, ...others] = inputs;
  if (first === undefined || !areFloats(...inputs)) return undefined;
  const output = backend.output(first.shape);
  const sum = backend.values(output);
  sum.set(backend.values(first));
  for (const other of others) backend.engine.accumulate(backend.values(other), sum);
  return output;
});

export const reductionKernels: Kernels = {
  Sum: reduction("sum"),
  Mean: reduction("mean"),
  Max: reduction("max"),
  Softmax: softmax,
  AddN: addN,
};
