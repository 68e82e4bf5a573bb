import { backend_util, slice_util, type Tensor, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { copyBlock, type Side } from "../copy-block.ts";
import type { EngineBackend } from "../engine-backend.ts";
import { kernel, type Kernels } from "../kernel.ts";
import { type PlainArray, plainPermute } from "../plain-permute.ts";
import { plainLike, plainValues } from "../plain-tensors.ts";
import { areFloats, at, axisFromFront, type Shape, sizeOf, stridesOf } from "../shapes.ts";

interface One {
  readonly x: TensorInfo;
}

/** A new tensor filled by one strided walk over `x`. */
function copied(x: TensorInfo, shape: Shape, offset: number, strides: Shape, backend: EngineBackend, walk = shape) {
  const output = backend.output(shape);
  const to: Side = { values: backend.values(output), offset: 0, strides: stridesOf(walk) };
  copyBlock(backend.engine, walk, { values: backend.values(x), offset, strides }, to);
  return output;
}

function slice(x: TensorInfo, begin: Shape, size: Shape, backend: EngineBackend): TensorInfo {
  const strides = stridesOf(x.shape);
  const offset = begin.reduce((sum, start, axis) => sum + start * at(strides, axis), 0);
  return copied(x, size, offset, strides, backend);
}

/** Lays `parts` side by side along `axis`; `shape` is the result's, with `lengths[i]` positions taken by part i. */
function concatenate(parts: readonly TensorInfo[], axis: number, lengths: Shape, shape: Shape, backend: EngineBackend) {
  const output = backend.output(shape);
  const values = backend.values(output);
  const strides = stridesOf(shape);
  let position = 0;
  parts.forEach((part, i) => {
    const block = shape.map((length, a) => (a === axis ? at(lengths, i) : length));
    const from: Side = { values: backend.values(part), offset: 0, strides: stridesOf(block) };
    copyBlock(backend.engine, block, from, { values, offset: position * at(strides, axis), strides });
    position += at(lengths, i);
  });
  return output;
}

export const layoutKernels: Kernels = {
  // Gradients of what an operation ignores are zeros: filled in place of a buffer from the pool, they cost no fresh memory.
  ZerosLike: kernel(({ x }: One, _, backend) => {
    if (!areFloats(x)) return undefined;
    const output = backend.output(x.shape);
    backend.values(output).fill(0);
    return output;
  }),

  Transpose: kernel(({ x }: One, { perm }: { perm: number[] }, backend) => {
    const shape = perm.map((axis) => at(x.shape, axis));
    // Where axes of length 1 alone change places nothing moves: the heads of a decoding step's one position, for example.
    const moved = perm.filter((axis) => at(x.shape, axis) > 1);
    if (moved.every((axis, i) => i === 0 || axis > at(moved, i - 1))) return backend.alias(x, shape);
    if (!areFloats(x)) return undefined;
    const strides = stridesOf(x.shape);
    return copied(
      x,
      shape,
      0,
      perm.map((axis) => at(strides, axis)),
      backend,
    );
  }),

  Slice: kernel(({ x }: One, attrs: { begin: number | number[]; size: number | number[] }, backend) => {
    if (!areFloats(x)) return undefined;
    const [begin = [], size = []] = slice_util.parseSliceParams(x as Tensor, attrs.begin, attrs.size);
    slice_util.assertParamsValid(x as Tensor, begin, size);
    return sizeOf(size) === 0 ? undefined : slice(x, begin, size, backend);
  }),

  SplitV: kernel(({ x }: One, attrs: { numOrSizeSplits: number | number[]; axis: number }, backend) => {
    const axis = axisFromFront(attrs.axis, x.shape.length);
    const splits = attrs.numOrSizeSplits;
    const lengths = typeof splits === "number" ? Array<number>(splits).fill(at(x.shape, axis) / splits) : splits;
    // A length of -1 (the rest) or 0 is rare enough for the stock kernel, which also refuses lengths that do not add up.
    const total = lengths.reduce((sum, length) => sum + length, 0);
    if (!areFloats(x) || lengths.some((length) => length < 1) || total !== at(x.shape, axis)) return undefined;
    let start = 0;
    return lengths.map((length) => {
      const begin = x.shape.map((_, a) => (a === axis ? start : 0));
      start += length;
      return slice(
        x,
        begin,
        x.shape.map((all, a) => (a === axis ? length : all)),
        backend,
      );
    });
  }),

  Concat: kernel((inputs: TensorInfo[], attrs: { axis: number }, backend) => {
    const parts = inputs.filter((part) => sizeOf(part.shape) > 0);
    const first = parts[0];
    if (first === undefined || !areFloats(...parts)) return undefined;
    const axis = axisFromFront(attrs.axis, first.shape.length);
    backend_util.assertParamsConsistent(
      inputs.map(({ shape }) => shape),
      axis,
    );
    const lengths = parts.map((part) => at(part.shape, axis));
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const shape = first.shape.map((length, a) => (a === axis ? total : length));
    return concatenate(parts, axis, lengths, shape, backend);
  }),

  Pack: kernel((inputs: TensorInfo[], attrs: { axis: number }, backend) => {
    const first = inputs[0];
    if (first === undefined || !areFloats(...inputs)) return undefined;
    const axis = axisFromFront(attrs.axis, first.shape.length + 1);
    for (const { shape } of inputs) util.assertShapesMatch(first.shape, shape, "stack: ");
    const shape = [...first.shape.slice(0, axis), inputs.length, ...first.shape.slice(axis)];
    return concatenate(
      inputs,
      axis,
      inputs.map(() => 1),
      shape,
      backend,
    );
  }),

  Unpack: kernel(({ value }: { value: TensorInfo }, attrs: { axis: number }, backend) => {
    if (!areFloats(value)) return undefined;
    const axis = axisFromFront(attrs.axis, value.shape.length);
    const shape = value.shape.filter((_, a) => a !== axis);
    const strides = stridesOf(value.shape);
    const stride = at(strides, axis);
    const rest = strides.filter((_, a) => a !== axis);
    return Array.from({ length: at(value.shape, axis) }, (_, i) => copied(value, shape, i * stride, rest, backend));
  }),

  PadV2: kernel(({ x }: One, attrs: { paddings: [number, number][]; constantValue: number }, backend) => {
    if (!areFloats(x)) return undefined;
    const shape = x.shape.map((length, axis) => length + (attrs.paddings[axis] ?? [0, 0]).reduce((a, b) => a + b));
    const output = backend.output(shape);
    const values = backend.values(output).fill(attrs.constantValue);
    const strides = stridesOf(shape);
    const offset = attrs.paddings.reduce((sum, [before], axis) => sum + before * at(strides, axis), 0);
    const from: Side = { values: backend.values(x), offset: 0, strides: stridesOf(x.shape) };
    copyBlock(backend.engine, x.shape, from, { values, offset, strides });
    return output;
  }),

  Reverse: kernel(({ x }: One, { dims }: { dims?: number | number[] | null }, backend) => {
    if (!areFloats(x)) return undefined;
    const turned = new Set(util.parseAxisParam(dims ?? [...x.shape.keys()], x.shape));
    const strides = stridesOf(x.shape);
    const last = x.shape.reduce((sum, length, a) => sum + (turned.has(a) ? (length - 1) * at(strides, a) : 0), 0);
    const backwards = strides.map((stride, a) => (turned.has(a) ? -stride : stride));
    return copied(x, x.shape, last, backwards, backend);
  }),

  // broadcastTo is a Tile, too. Read as [reps0, d0, reps1, d1, ...] a tile repeats along every other axis.
  Tile: kernel(({ x }: One, { reps }: { reps: number[] }, backend) => {
    const shape = x.shape.map((length, axis) => length * at(reps, axis));
    const walk = x.shape.flatMap((length, axis) => [at(reps, axis), length]);
    const strides = stridesOf(x.shape).flatMap((stride) => [0, stride]);
    if (sizeOf(shape) === 0) return undefined;
    if (areFloats(x)) return copied(x, shape, 0, strides, backend, walk);
    const values = plainValues(x, backend);
    if (values === undefined) return undefined;
    const to: Side<PlainArray> = { values: plainLike(values, sizeOf(shape)), offset: 0, strides: stridesOf(walk) };
    copyBlock({ permute: plainPermute }, walk, { values, offset: 0, strides }, to);
    return backend.makeTensorInfo(shape, x.dtype, to.values);
  }),
};
