import type { GemmCall } from "@attention-lab/kernels";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { EngineBackend } from "../engine-backend.ts";
import { kernel, type Kernels } from "../kernel.ts";
import { areFloats, at, sameShape, type Shape, sizeOf } from "../shapes.ts";

interface Inputs {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}
interface Attributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly activation?: string;
}

const withoutLeadingOnes = (shape: Shape): Shape => {
  const first = shape.findIndex((length) => length !== 1);
  return first < 0 ? [] : shape.slice(first);
};

/** Equal batch dimensions, or one operand shared by the whole batch; the rest is left to the stock kernel. */
function matMul({ a, b, bias }: Inputs, { transposeA, transposeB, activation }: Attributes, backend: EngineBackend) {
  if (!areFloats(a, b)) return undefined;
  const [rankA, rankB] = [a.shape.length, b.shape.length];
  const m = at(a.shape, rankA - (transposeA ? 1 : 2));
  const k = at(a.shape, rankA - (transposeA ? 2 : 1));
  const n = at(b.shape, rankB - (transposeB ? 2 : 1));
  // Inner lengths that disagree are refused by the stock kernel.
  if (k !== at(b.shape, rankB - (transposeB ? 1 : 2))) return undefined;
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [countA, countB] = [sizeOf(batchA), sizeOf(batchB)];
  const matched = sameShape(withoutLeadingOnes(batchA), withoutLeadingOnes(batchB));
  if (!matched && countA !== 1 && countB !== 1) return undefined;
  if (bias !== undefined && (!areFloats(bias) || bias.shape.length > 1 || sizeOf(bias.shape) !== n)) return undefined;

  // Output batch: the operand that brings one; of two, the longer shape, whose leading ones TensorFlow.js keeps.
  const rank = Math.max(batchA.length, batchB.length);
  const batch = countA >= countB ? batchA : batchB;
  const outer = [...Array<number>(rank - batch.length).fill(1), ...batch];
  const output = backend.output([...outer, m, n]);
  const sharedB = countB === 1 && countA > 1;
  // One right-hand matrix for all rows of a batch is a single tall product.
  const tall = sharedB && !transposeA;
  const call: GemmCall = {
    m: tall ? m * countA : m,
    n,
    k,
    transposeA,
    transposeB,
    batch: tall ? 1 : Math.max(countA, countB),
    sharedA: countA === 1 && countB > 1,
    sharedB: sharedB && !tall,
    a: backend.values(a),
    b: backend.values(b),
    c: backend.values(output),
    ...(bias !== undefined && { bias: backend.values(bias) }),
    ...(activation === "relu" && { activation: "relu" as const }),
  };
  backend.engine.gemm(call);
  return output;
}

export const matMulKernels: Kernels = {
  BatchMatMul: kernel(matMul),
  _FusedMatMul: kernel((inputs: Inputs, attrs: Attributes, backend) =>
    ["linear", "relu", undefined].includes(attrs.activation) ? matMul(inputs, attrs, backend) : undefined,
  ),
};
