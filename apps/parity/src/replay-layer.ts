import {
  expandDims,
  mul,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  transpose,
} from "@tensorflow/tfjs-core";
import { type Attention, mergeHeads, type Position, splitHeads } from "@attention-lab/attention";
import { linear } from "@attention-lab/ops";
import type { Tensors } from "./adapter.ts";

/** A projection as we use it: weight [in, out] and an optional bias [out]. */
export interface Weights {
  readonly weight: Tensor2D;
  readonly bias?: Tensor1D;
}
export interface LayerWeights {
  readonly query: Weights;
  readonly key: Weights;
  readonly value: Weights;
  /** Absent: heads are only concatenated. */
  readonly output?: Weights;
}
export interface LayerInputs {
  readonly query: Tensor;
  /** Absent: the query's sequence (self-attention). */
  readonly key?: Tensor;
  readonly value?: Tensor;
  readonly keyPadding?: Tensor2D;
  readonly queryPadding?: Tensor2D;
  /** Position of query 0 among the keys. Default: 0. */
  readonly queryOffset?: number;
  readonly globals?: readonly (readonly number[])[];
}
export interface LayerShape {
  readonly attention: Attention;
  readonly heads: number;
  readonly keyValueHeads?: number;
  readonly headDim: number;
  readonly length: number;
  readonly causal?: boolean;
  /** Multiplies q.k. Default: 1 / sqrt(headDim). */
  readonly scale?: number;
  /** Rotates queries and keys, and may add a bias or Shaw's terms to the scores. */
  readonly position?: Position;
  /** Width of the layer's input, for mechanisms with projections of their own. */
  readonly dModel?: number;
}

/** `name.weight` [out, in] and `name.bias` of a PyTorch linear layer. */
export function torchWeights(tensors: Tensors, name: string): Weights {
  const bias = tensors[`${name}.bias`] as Tensor1D | undefined;
  return { weight: transpose(tensors[`${name}.weight`] as Tensor2D), ...(bias === undefined ? {} : { bias }) };
}

/** An attention layer with given weights: projections, heads, one mechanism, heads back together. Shapes as MultiHeadAttention's. */
export function replayLayer(shape: LayerShape) {
  const { attention, heads, keyValueHeads = heads, headDim, length, causal = false, position, dModel } = shape;
  const { scale = headDim ** -0.5 } = shape;
  const mechanism = attention.build({
    heads,
    keyValueHeads,
    headDim,
    valueDim: headDim,
    scale,
    maxLength: length,
    causal,
    dropout: 0,
    seed: 0,
    ...(position?.bias === undefined ? {} : { bias: position.bias }),
    ...(position?.relative === undefined ? {} : { relative: position.relative }),
    ...(dModel === undefined ? {} : { dModel }),
  });
  const run = (inputs: LayerInputs, weights: LayerWeights): { output: Tensor; attention?: Tensor } => {
    const { query, key = query, value = key, queryPadding, ...rest } = inputs;
    const project = (x: Tensor, { weight, bias }: Weights, count: number) =>
      splitHeads(linear(x, weight, bias) as Tensor3D, count);
    const rotate = (x: ReturnType<typeof project>) => position?.rotate?.(x, 0) ?? x;
    const call = {
      q: rotate(project(query, weights.query, heads)), // [B,H,N,D]
      k: rotate(project(key, weights.key, keyValueHeads)), // [B,KH,M,D]
      v: project(value, weights.value, keyValueHeads),
      input: () => query as Tensor3D,
      queryOffset: 0,
      training: false,
      step: 0,
      ...rest,
    };
    const attended = mergeHeads(mechanism.attend(call)); // [B,N,H*D]
    const merged = queryPadding === undefined ? attended : mul(attended, expandDims(queryPadding, 2));
    const output = weights.output === undefined ? merged : linear(merged, weights.output.weight, weights.output.bias);
    const matrix = mechanism.weights?.(call);
    return matrix === undefined ? { output } : { output, attention: matrix };
  };
  return { mechanism, run };
}
