import type { BinaryOperation, UnaryOperation } from "@attention-lab/kernels";
import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import { broadcastStrides, gridOf } from "../broadcast.ts";
import { copyBlock } from "../copy-block.ts";
import type { EngineBackend } from "../engine-backend.ts";
import { type Kernel, kernel, type Kernels } from "../kernel.ts";
import { areFloats, type Shape, sizeOf, stridesOf } from "../shapes.ts";

const binaryOperations: Readonly<Record<string, BinaryOperation>> = {
  Add: "add",
  Sub: "subtract",
  Multiply: "multiply",
  RealDiv: "divide",
  Maximum: "maximum",
  Minimum: "minimum",
  SquaredDifference: "squaredDifference",
};

const unaryOperations: Readonly<Record<string, UnaryOperation>> = {
  Relu: "relu",
  Exp: "exp",
  Log: "log",
  Sqrt: "sqrt",
  Rsqrt: "rsqrt",
  Square: "square",
  Neg: "negate",
  Tanh: "tanh",
  Sigmoid: "sigmoid",
  Erf: "erf",
  Step: "step",
  Abs: "abs",
  Sin: "sin",
  Cos: "cos",
  Reciprocal: "reciprocal",
};

/** Calls `body` with the operand's elements repeated to the full output shape. */
function expanded<T>(tensor: TensorInfo, output: Shape, backend: EngineBackend, body: (values: Float32Array) => T): T {
  if (sizeOf(tensor.shape) === sizeOf(output)) return body(backend.values(tensor));
  const source = backend.values(tensor);
  return backend.withScratch(sizeOf(output), (values) => {
    const from = { values: source, offset: 0, strides: broadcastStrides(tensor.shape, output) };
    copyBlock(backend.engine, output, from, { values, offset: 0, strides: stridesOf(output) });
    return body(values);
  });
}

const binary = (operation: BinaryOperation): Kernel =>
  kernel(({ a, b }: { a: TensorInfo; b: TensorInfo }, _attrs: object, backend) => {
    if (!areFloats(a, b)) return undefined;
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const output = backend.output(shape);
    const y = backend.values(output);
    const grid = gridOf(a.shape, b.shape, shape);
    if (grid !== undefined) {
      const first = { values: backend.values(a), broadcast: grid.a };
      backend.engine.binary(
        operation,
        grid.rows,
        grid.columns,
        first,
        { values: backend.values(b), broadcast: grid.b },
        y,
      );
      return output;
    }
    // Patterns such as [B,1,M] with [B,N,1]: repeat both, which costs two passes and stays far below the stock loop.
    expanded(a, shape, backend, (left) =>
      expanded(b, shape, backend, (right) => {
        const full = (values: Float32Array) => ({ values, broadcast: "full" as const });
        backend.engine.binary(operation, 1, sizeOf(shape), full(left), full(right), y);
      }),
    );
    return output;
  });

const unary = (operation: UnaryOperation): Kernel =>
  kernel(({ x }: { x: TensorInfo }, { alpha }: { alpha?: number }, backend) => {
    if (!areFloats(x)) return undefined;
    const output = backend.output(x.shape);
    backend.engine.unary(operation, backend.values(x), backend.values(output), alpha);
    return output;
  });

const mapped = <T>(operations: Readonly<Record<string, T>>, make: (operation: T) => Kernel): Kernels =>
  Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, make(operation)]));

export const elementwiseKernels: Kernels = { ...mapped(binaryOperations, binary), ...mapped(unaryOperations, unary) };
