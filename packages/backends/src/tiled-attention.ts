/**
 * Pattern attention by TensorFlow.js operations alone, in memory that is linear in the sequence: tiles of queries against runs of keys with a
 * running maximum (FlashAttention-2, Dao 2023, algorithms 1 and 2), and scores made again in the backward pass. For backends whose device
 * our own kernels don't reach.
 */
import type {
  PatternAttentionAttributes,
  PatternAttentionGradInputs,
  PatternAttentionInputs,
} from "@attention-lab/ops";
import {
  add,
  concat,
  div,
  exp,
  fill,
  type KernelFunc,
  log,
  matMul,
  max,
  maximum,
  mul,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
  transpose,
  unsortedSegmentSum,
  where,
  zeros,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { offsetsOf, rowsOf, scoresOf, stacked, type TiledCall, tiledCall, unstacked } from "./tiled-scores.ts";
import type { TiledRow, TiledRun } from "./tiled-plan.ts";

/** Below every score and yet finite, so that a row without keys stays free of NaN. */
const lowest = -1e30;

type Call = Parameters<KernelFunc>[0];

/** Dropout of weights and terms by clipped offset are left to others. */
export function coversTiled({ inputs, attrs }: Call): boolean {
  const { dropout, clip } = attrs as unknown as PatternAttentionAttributes;
  return dropout === undefined && clip === undefined && inputs["offsetScores"] === undefined;
}

/** The kernel PatternAttention: [out, logSumExp]. */
export const tiledAttention: KernelFunc = ({ inputs, attrs }) =>
  tidy(() => {
    const call = tiledCall(inputs as unknown as PatternAttentionInputs, attrs as unknown as PatternAttentionAttributes);
    const rows = Array.from(call.plan.rows, (row) => tidy(() => forwardRow(call, row)));
    const [out, logSumExp] = [0, 1].map((i) =>
      concat(
        rows.map((parts) => parts[i] as Tensor),
        2,
      ),
    ); // along N
    return [out, logSumExp] as Tensor[];
  });

function forwardRow(call: TiledCall, row: TiledRow): [out: Tensor, logSumExp: Tensor] {
  const { batch, heads, v } = call;
  const queries = rowsOf(call.q, row);
  const rows = row.to - row.from;
  let state: [best: Tensor, total: Tensor, sums: Tensor] = [
    fill([batch, heads, rows, 1], lowest),
    zeros([batch, heads, rows, 1]),
    zeros([batch, heads, rows, v.shape[3]]),
  ];
  for (const run of row.runs) state = tidy(() => addRun(call, queries, row, run, state));
  const [best, total, sums] = state;
  return [div(sums, maximum(total, 1e-30)), reshape(add(best, log(total)), [batch, heads, rows])];
}

function addRun(
  call: TiledCall,
  queries: Tensor4D,
  row: TiledRow,
  run: TiledRun,
  [best, total, sums]: [Tensor, Tensor, Tensor],
): [Tensor, Tensor, Tensor] {
  const { scores, seen } = scoresOf(call, queries, row, run);
  const shown = seen === undefined ? scores : where(seen, scores, fill([1, 1, 1, 1], lowest));
  const higher = maximum(best, max(shown, -1, true));
  const raised = exp(sub(shown, higher));
  const weights = (seen === undefined ? raised : where(seen, raised, zeros([1, 1, 1, 1]))) as Tensor4D;
  const shrink = exp(sub(best, higher));
  const gained = unstacked(matMul(stacked(weights, call), rowsOf(call.v, run)), call);
  return [higher, add(mul(total, shrink), sum(weights, -1, true)), add(mul(sums, shrink), gained)];
}

/** Gradients as far as they are summed: of the queries of a row, of the keys and values of each tile, and of the bias. */
type Sums = { dq: Tensor; dk: Tensor4D[]; dv: Tensor4D[]; dBias?: Tensor };

/** The kernel PatternAttentionGrad: [dq, dk, dv] and, with a bias, its gradient. */
export const tiledAttentionGradient: KernelFunc = ({ inputs, attrs }) =>
  tidy(() => {
    const given = inputs as unknown as PatternAttentionGradInputs;
    const call = tiledCall(given, attrs as unknown as PatternAttentionAttributes);
    const tiles = (x: Tensor4D): Tensor4D[] =>
      Array.from({ length: Math.ceil(call.keys / call.plan.tile) }, (_, i) => zerosLike(rowsOf(x, tileSpan(call, i))));
    const bias = call.bias && { dBias: zerosLike<Tensor>(call.bias) };
    let sums: Omit<Sums, "dq"> = { dk: tiles(call.k), dv: tiles(call.v), ...bias };
    const dq: Tensor[] = [];
    for (const row of call.plan.rows) {
      const before = sums;
      const after = tidy(() => backwardRow(call, given, row, before));
      dq.push(after.dq);
      sums = after;
      // The scope ends after the last row only: what this one replaced would wait until then.
      const kept = new Set(tensorsOf(after));
      for (const old of tensorsOf(before)) if (!kept.has(old)) old.dispose();
    }
    const dBias = sums.dBias === undefined ? [] : [sums.dBias];
    return [concat(dq, 2), concat(sums.dk, 2), concat(sums.dv, 2), ...dBias];
  });

const tensorsOf = ({ dk, dv, dBias }: Omit<Sums, "dq">): Tensor[] => [...dk, ...dv, ...(dBias ? [dBias] : [])];

const tileSpan = ({ plan, keys }: TiledCall, index: number) => ({
  from: index * plan.tile,
  to: Math.min(keys, (index + 1) * plan.tile),
});

/** What all runs of a row share. */
interface BackwardRow {
  readonly row: TiledRow;
  readonly queries: Tensor4D;
  readonly dOut: Tensor4D;
  readonly normal: Tensor;
  readonly delta: Tensor;
}

function backwardRow(
  call: TiledCall,
  given: PatternAttentionGradInputs,
  row: TiledRow,
  before: Omit<Sums, "dq">,
): Sums {
  const [out, dOut] = [given.out, given.dOut].map((x) => rowsOf(x as Tensor4D, row)) as [Tensor4D, Tensor4D];
  const rows = row.to - row.from;
  const logSumExp = slice(given.logSumExp as Tensor, [0, 0, row.from], [-1, -1, rows]);
  const normal = maximum(reshape(logSumExp, [call.batch, call.heads, rows, 1]), lowest);
  const queries = rowsOf(call.q, row);
  const shared = { row, queries, dOut, normal, delta: sum(mul(dOut, out), -1, true) };
  let sums: Sums = { ...before, dq: zerosLike(queries) };
  for (const run of row.runs) {
    const soFar = sums;
    sums = tidy(() => backwardRun(call, shared, run, soFar));
  }
  return sums;
}

function backwardRun(
  call: TiledCall,
  { row, queries, dOut, normal, delta }: BackwardRow,
  run: TiledRun,
  soFar: Sums,
): Sums {
  const { scores, seen } = scoresOf(call, queries, row, run);
  const raised = exp(sub(scores, normal));
  const weights = (seen === undefined ? raised : where(seen, raised, zeros([1, 1, 1, 1]))) as Tensor4D;
  const dWeights = unstacked(matMul(stacked(dOut, call), rowsOf(call.v, run), false, true), call);
  const dScores = mul(weights, sub(dWeights, delta)) as Tensor4D;
  const throughKeys = unstacked(matMul(stacked(dScores, call), rowsOf(call.k, run)), call);
  const dKeys = mul(matMul(stacked(dScores, call), stacked(queries, call), true), call.scale) as Tensor4D;
  const dValues = matMul<Tensor4D>(stacked(weights, call), stacked(dOut, call), true);
  const { dBias } = soFar;
  return {
    dq: add(soFar.dq, mul(throughKeys, call.scale)),
    dk: withRun(call, run, dKeys, soFar.dk),
    dv: withRun(call, run, dValues, soFar.dv),
    ...(dBias !== undefined && { dBias: add<Tensor>(dBias, biasGradient(call, row, run, dScores)) }),
  };
}

/** The sums of all tiles, with a run's gradients added to the tiles that it covers. */
function withRun(call: TiledCall, run: TiledRun, gradient: Tensor4D, tiles: readonly Tensor4D[]): Tensor4D[] {
  return tiles.map((tile, index) => {
    const { from, to } = tileSpan(call, index);
    if (to <= run.from || from >= run.to) return tile;
    return add(tile, rowsOf(gradient, { from: from - run.from, to: to - run.from }));
  });
}

function biasGradient(call: TiledCall, row: TiledRow, run: TiledRun, dScores: Tensor4D): Tensor {
  const pairs = (row.to - row.from) * (run.to - run.from);
  const byPair = transpose(reshape(sum(dScores, 0), [call.heads, pairs])); // [pairs,H]
  const length = call.queries + call.keys - 1;
  return transpose(unsortedSegmentSum(byPair, offsetsOf(call, row, run), length));
}
