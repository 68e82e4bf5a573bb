import type { TensorInfo } from "@tensorflow/tfjs-core";
import { kernel, type Kernels } from "../kernel.ts";
import { areFloats, at, sizeOf } from "../shapes.ts";

const allBelow = (indices: Int32Array, limit: number): boolean => indices.every((index) => index >= 0 && index < limit);

export const lookupKernels: Kernels = {
  /** Rows of a table. An index outside the table goes to the stock kernel, which names it. */
  GatherV2: kernel(
    (inputs: { x: TensorInfo; indices: TensorInfo }, attrs: { axis: number; batchDims: number }, backend) => {
      const { x, indices } = inputs;
      if (!areFloats(x) || x.shape.length === 0 || attrs.axis !== 0 || attrs.batchDims !== 0) return undefined;
      const tableRows = at(x.shape, 0);
      const rows = sizeOf(indices.shape);
      const list = backend.integers(indices);
      if (rows === 0 || !allBelow(list, tableRows)) return undefined;
      const row = x.shape.slice(1);
      const output = backend.output([...indices.shape, ...row]);
      backend.engine.gather(rows, sizeOf(row), tableRows, backend.values(x), list, backend.values(output));
      return output;
    },
  ),

  /** The gradient of a lookup. A segment outside the table is dropped by definition, which the stock kernel does. */
  UnsortedSegmentSum: kernel(
    (inputs: { x: TensorInfo; segmentIds: TensorInfo }, { numSegments }: { numSegments: number }, backend) => {
      const { x, segmentIds } = inputs;
      if (!areFloats(x) || segmentIds.shape.length !== 1 || numSegments === 0) return undefined;
      const list = backend.integers(segmentIds);
      if (!allBelow(list, numSegments)) return undefined;
      const row = x.shape.slice(1);
      const output = backend.output([numSegments, ...row]);
      const columns = sizeOf(row);
      backend.engine.scatterAdd(list.length, columns, numSegments, backend.values(x), list, backend.values(output));
      return output;
    },
  ),
};
