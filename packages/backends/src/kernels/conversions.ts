import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { kernel, type Kernels } from "../kernel.ts";
import { plainValues } from "../plain-tensors.ts";
import { areFloats, sameShape } from "../shapes.ts";

interface SelectInputs {
  readonly condition: TensorInfo;
  readonly t: TensorInfo;
  readonly e: TensorInfo;
}

export const conversionKernels: Kernels = {
  /** The stock kernel lets a float tensor share the bytes of a mask or of integers; the engines need floats. */
  Cast: kernel(({ x }: { x: TensorInfo }, { dtype }: { dtype: DataType }, backend) => {
    if (dtype !== "float32" || (x.dtype !== "bool" && x.dtype !== "int32")) return undefined;
    const values = plainValues(x, backend);
    if (values === undefined) return undefined;
    const output = backend.output(x.shape);
    backend.values(output).set(values);
    return output;
  }),

  /** `where`; a condition of rank 1 over rows is left to the stock kernel. */
  Select: kernel(({ condition, t, e }: SelectInputs, _attrs: object, backend) => {
    const chosen = plainValues(condition, backend);
    if (!areFloats(t, e) || !(chosen instanceof Uint8Array) || !sameShape(condition.shape, t.shape)) return undefined;
    const output = backend.output(t.shape);
    const [y, yes, no] = [backend.values(output), backend.values(t), backend.values(e)];
    y.set(no);
    for (let i = 0; i < chosen.length; i++) if (chosen[i] !== 0) y[i] = yes[i] as number;
    return output;
  }),
};
