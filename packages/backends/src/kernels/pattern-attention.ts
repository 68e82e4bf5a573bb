import type { AttentionCall, Predicate } from "@attention-lab/kernels";
import { dilationOf, type PatternAttentionAttributes, type PatternAttentionInputs } from "@attention-lab/ops";
import type { EngineBackend } from "../engine-backend.ts";
import { fusedKernel, type Kernels } from "../kernel.ts";
import { at } from "../shapes.ts";
import { cachedTileList } from "../tile-cache.ts";

type Shared = Omit<AttentionCall, "out" | "logSumExp" | "offsets">;

function predicateOf(attrs: PatternAttentionAttributes, batch: number, heads: number, keys: number): Predicate {
  const { pattern, queryOffset, globals } = attrs;
  if (pattern.window === undefined) return { causal: pattern.causal, queryOffset };
  const dilation = Int32Array.from({ length: heads }, (_, head) => dilationOf(pattern, head));
  const window = { before: pattern.window.before, after: pattern.window.after, dilation };
  if (globals === undefined) return { causal: pattern.causal, queryOffset, window };
  const globalKeys = new Uint8Array(batch * keys);
  globals.forEach((positions, b) => positions.forEach((position) => (globalKeys[b * keys + position] = 1)));
  return { causal: pattern.causal, queryOffset, window, globalKeys };
}

/** A list is needed only where a window or a rule hides whole tiles; `causal` alone needs none. */
function tilesOf(attrs: PatternAttentionAttributes, call: Shared, backend: EngineBackend, transposed: boolean) {
  if (attrs.pattern.window === undefined && attrs.pattern.sparse === undefined) return undefined;
  const { batch, heads, queries, keys } = call;
  const { pattern, queryOffset, globals } = attrs;
  const shape = { batch, heads, queries, keys, queryOffset, transposed, ...(globals !== undefined && { globals }) };
  return cachedTileList(backend.engine.tile, { pattern, ...shape });
}

function callOf(inputs: PatternAttentionInputs, attrs: PatternAttentionAttributes, backend: EngineBackend): Shared {
  const { q, k, v, keyPadding, bias } = inputs;
  const [batch, heads, queries, keys] = [at(q.shape, 0), at(q.shape, 1), at(q.shape, 2), at(k.shape, 2)];
  const call = {
    batch,
    heads,
    keyValueHeads: at(k.shape, 1),
    queries,
    keys,
    headDim: at(q.shape, 3),
    valueDim: at(v.shape, 3),
    scale: attrs.scale,
    q: backend.values(q),
    k: backend.values(k),
    v: backend.values(v),
    predicate: predicateOf(attrs, batch, heads, keys),
    ...(keyPadding !== undefined && { keyPadding: backend.values(keyPadding) }),
    ...(bias !== undefined && { bias: backend.values(bias) }),
    ...(attrs.dropout !== undefined && { dropout: attrs.dropout }),
  };
  const tiles = tilesOf(attrs, call, backend, false);
  return tiles === undefined ? call : { ...call, tiles };
}

/** The length of a table by clipped offset. */
const offsetCount = ({ clip = 0 }: PatternAttentionAttributes): number => 2 * clip + 1;

export const patternAttentionKernels: Kernels = {
  PatternAttention: fusedKernel("PatternAttention", (inputs, attrs, backend) => {
    const call = callOf(inputs, attrs, backend);
    const { batch, heads, queries, valueDim } = call;
    const out = backend.output([batch, heads, queries, valueDim]);
    const logSumExp = backend.output([batch, heads, queries]);
    const sums = attrs.offsetSums ? backend.output([batch, heads, queries, offsetCount(attrs)]) : undefined;
    const { offsetScores } = inputs;
    const offsets = offsetScores && {
      clip: attrs.clip ?? 0,
      scores: backend.values(offsetScores),
      ...(sums !== undefined && { sums: backend.values(sums) }),
    };
    const outputs = { out: backend.values(out), logSumExp: backend.values(logSumExp) };
    backend.engine.attention({ ...call, ...(offsets !== undefined && { offsets }), ...outputs });
    return sums === undefined ? [out, logSumExp] : [out, logSumExp, sums];
  }),

  PatternAttentionGrad: fusedKernel("PatternAttentionGrad", (inputs, attrs, backend) => {
    const { q, k, v, bias, out, logSumExp, dOut, offsetScores, offsetSums, dOffsetSums } = inputs;
    const call = callOf(inputs, attrs, backend);
    const transposedTiles = tilesOf(attrs, call, backend, true);
    const [dq, dk, dv] = [backend.output(q.shape), backend.output(k.shape), backend.output(v.shape)];
    const dBias = bias && backend.output(bias.shape);
    const dScores = offsetScores && backend.output(offsetScores.shape);
    const sums = offsetSums && dOffsetSums && { sums: backend.values(offsetSums), dSums: backend.values(dOffsetSums) };
    const tables = offsetScores &&
      dScores && { scores: backend.values(offsetScores), dScores: backend.values(dScores) };
    backend.engine.attentionGradient({
      ...call,
      ...(transposedTiles !== undefined && { transposedTiles }),
      ...(tables !== undefined && { offsets: { clip: attrs.clip ?? 0, ...tables, ...sums } }),
      out: backend.values(out),
      logSumExp: backend.values(logSumExp),
      dOut: backend.values(dOut),
      dq: backend.values(dq),
      dk: backend.values(dk),
      dv: backend.values(dv),
      ...(dBias !== undefined && { dBias: backend.values(dBias) }),
    });
    return [dq, dk, dv, ...[dBias, dScores].filter((x) => x !== undefined)];
  }),
};
