import {
  add,
  mul,
  reshape,
  slice,
  stack,
  tensor,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import type { Call, Site } from "@attention-lab/attention";
import type { Parameters } from "@attention-lab/nn";
import { dropout } from "@attention-lab/ops";
import { deriveSeed, maskedSoftmax, matMulHeads, repeatHeads } from "@attention-lab/tensors";
import { projectGlobal } from "./global-projections.ts";
import { type Positions, rowsAt } from "./rows.ts";

interface GlobalRows {
  readonly weights: Tensor4D; // [B,H,G,N]
  readonly output: Tensor4D; // [B,H,G,Dv]
}

/**
 * Attention of the global queries alone: softmax(scale q_g k_g^T) v_g over all real keys, when causal over those not after the query.
 * O(G N) time and memory, G the largest number of global tokens in a batch row.
 */
export function globalRows(
  call: Call,
  {
    site,
    parameters,
    positions,
    bias,
  }: { site: Site; parameters: Parameters; positions: Positions; bias: Tensor2D | undefined },
): GlobalRows {
  const x = call.input(); // [B,N,dModel]
  const q = projectGlobal("query", rowsAt(x, positions), parameters, site); // [B,H,G,D]
  const k = repeatHeads(projectGlobal("key", x, parameters, site), site.heads); // [B,H,N,D]
  const v = repeatHeads(projectGlobal("value", x, parameters, site), site.heads); // [B,H,N,Dv]
  const products = mul(matMulHeads(q, k, false, true), site.scale);
  const scores = bias === undefined ? products : add(products, biasRows(bias, positions)); // [B,H,G,N]
  const weights = maskedSoftmax(scores, visibleKeys(call, site, positions)) as Tensor4D;
  const { training, step } = call;
  const kept = dropout(weights, { rate: site.dropout, seed: deriveSeed(site.seed, "global dropout"), step, training });
  return { weights, output: matMulHeads(kept as Tensor4D, v) };
}

/** 1 where a global query sees the key, broadcastable to [B,H,G,N]; undefined: everything. */
function visibleKeys({ keyPadding, k }: Call, { causal }: Site, { padded }: Positions): Tensor | undefined {
  const length = k.shape[2];
  const real = keyPadding === undefined ? undefined : reshape(keyPadding, [keyPadding.shape[0], 1, 1, length]);
  if (!causal) return real;
  const seen = padded.map((row) => [row.map((p) => Array.from({ length }, (_, key) => (key <= p ? 1 : 0)))]);
  const past = tensor(seen, undefined, "float32"); // [B,1,G,N]
  return real === undefined ? past : mul(past, real);
}

/** The scores' bias of each global query: the run of the offset table [H,2N-1] that starts at key 0. [B,H,G,N] */
function biasRows(bias: Tensor2D, { padded }: Positions): Tensor {
  const [heads, offsets] = bias.shape;
  const length = (offsets + 1) / 2;
  const rows = padded.map((row) =>
    stack(
      row.map((p) => slice(bias, [0, length - 1 - p], [heads, length])),
      1,
    ),
  );
  return stack(rows, 0);
}
