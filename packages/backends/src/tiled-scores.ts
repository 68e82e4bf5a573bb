/** What the forward and the backward pass of tiled attention share: one piece of the score matrix. */
import type { PatternAttentionAttributes, PatternAttentionInputs } from "@attention-lab/ops";
import {
  add,
  cast,
  gather,
  logicalAnd,
  matMul,
  mul,
  type Rank,
  reshape,
  slice,
  type Tensor,
  tensor,
  type Tensor1D,
  tensor1d,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { at } from "./shapes.ts";
import { type TiledPlan, tiledPlan, type TiledRow, type TiledRun, type TiledSizes } from "./tiled-plan.ts";

/** One call, its sizes and its plan. TensorFlow.js hands tensors to a kernel, though it types them as TensorInfo. */
export interface TiledCall extends TiledSizes {
  readonly plan: TiledPlan;
  readonly scale: number;
  /** Query heads that share one key-value head. */
  readonly group: number;
  readonly q: Tensor4D;
  readonly k: Tensor4D;
  readonly v: Tensor4D;
  readonly keyPadding?: Tensor;
  readonly bias?: Tensor;
}

export function tiledCall(inputs: PatternAttentionInputs, attrs: PatternAttentionAttributes): TiledCall {
  const { q, k, v, keyPadding, bias } = inputs as unknown as Omit<TiledCall, "plan">;
  const [batch, heads, queries, keys] = [at(q.shape, 0), at(q.shape, 1), at(q.shape, 2), at(k.shape, 2)];
  const sizes = { batch, heads, queries, keys };
  const group = heads / at(k.shape, 1);
  const optional = { ...(keyPadding !== undefined && { keyPadding }), ...(bias !== undefined && { bias }) };
  return { ...sizes, plan: tiledPlan(attrs, sizes), scale: attrs.scale, group, q, k, v, ...optional };
}

/** Rows `from` to `to` of [B,H,N,D]. */
export function rowsOf(x: Tensor4D, { from, to }: Pick<TiledRow, "from" | "to">): Tensor4D {
  return slice(x, [0, 0, from, 0], [-1, -1, to - from, -1]);
}

/** [B,H,n,D] with the heads that share keys stacked: [B,KH,group n,D], so that no key is repeated. */
export function stacked(x: Tensor4D, { group }: TiledCall): Tensor4D {
  const [batch, heads, rows, width] = x.shape;
  return reshape<Rank.R4>(x, [batch, heads / group, group * rows, width]);
}

/** The way back: [B,KH,group n,D] as [B,H,n,D]. */
export function unstacked(x: Tensor4D, { heads, group }: TiledCall): Tensor4D {
  const [batch, , rows, width] = x.shape;
  return reshape<Rank.R4>(x, [batch, heads, rows / group, width]);
}

/** Scores of a run, scaled and biased; `seen` is undefined when every pair is visible, else what [B,H,n,m] is masked with. */
export function scoresOf(
  call: TiledCall,
  queries: Tensor4D,
  row: TiledRow,
  run: TiledRun,
): { scores: Tensor4D; seen?: Tensor } {
  const product = matMul(stacked(queries, call), rowsOf(call.k, run), false, true);
  const scaled = unstacked(mul(product, call.scale) as Tensor4D, call); // [B,H,n,m]
  const scores = call.bias === undefined ? scaled : (add(scaled, biasOf(call, call.bias, row, run)) as Tensor4D);
  const seen = seenOf(call, row, run);
  return seen === undefined ? { scores } : { scores, seen };
}

function seenOf({ plan, keyPadding, batch }: TiledCall, { from, to }: TiledRow, run: TiledRun): Tensor | undefined {
  const keys = run.to - run.from;
  const pattern = run.mask && tensor(run.mask, [plan.maskBatch, plan.maskHeads, to - from, keys], "bool");
  if (keyPadding === undefined) return pattern;
  const real = cast(reshape(slice(keyPadding, [0, run.from], [-1, keys]), [batch, 1, 1, keys]), "bool");
  return pattern === undefined ? real : logicalAnd(pattern, real);
}

function biasOf(call: TiledCall, bias: Tensor, row: TiledRow, run: TiledRun): Tensor {
  const shape = [call.heads, row.to - row.from, run.to - run.from];
  return reshape(gather(bias, offsetsOf(call, row, run), 1), shape);
}

/** key - query + N - 1 of every pair of a run, row by row: where its bias stands. */
export function offsetsOf({ queries }: TiledCall, row: TiledRow, run: TiledRun): Tensor1D {
  const [height, width] = [row.to - row.from, run.to - run.from];
  const offsets = new Int32Array(height * width);
  for (let i = 0; i < height; i++) {
    const first = run.from - row.from - i + queries - 1;
    for (let j = 0; j < width; j++) offsets[i * width + j] = first + j;
  }
  return tensor1d(offsets, "int32");
}
