import {
  add,
  concat,
  mul,
  reshape,
  tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  zeros,
} from "@tensorflow/tfjs-core";
import { embeddingLookup } from "@attention-lab/ops";

/**
 * Global positions of every batch row, padded to one length G by position 0: a padded entry is computed and then not used.
 * `counts[b]` entries of row b are real.
 */
export interface Positions {
  readonly padded: readonly (readonly number[])[];
  readonly counts: readonly number[];
}

/** Undefined where no batch row has a global token. */
export function positionsOf(globals: readonly (readonly number[])[] | undefined): Positions | undefined {
  const rows = (globals ?? []).map((row) => [...new Set(row)]);
  const most = Math.max(0, ...rows.map((row) => row.length));
  if (most === 0) return undefined;
  return {
    padded: rows.map((row) => [...row, ...Array.from({ length: most - row.length }, () => 0)]),
    counts: rows.map((row) => row.length),
  };
}

/** x [B,N,C] -> its rows at the positions, [B,G,C]. */
export function rowsAt(x: Tensor3D, { padded }: Positions): Tensor3D {
  const [batch, length, width] = x.shape;
  const ids = padded.map((row, b) => row.map((p) => b * length + p));
  return embeddingLookup(reshape(x, [batch * length, width]) as Tensor2D, tensor(ids, undefined, "int32")) as Tensor3D;
}

/**
 * base [B,H,N,C] with the rows at the positions replaced by rows [B,H,G,C], differentiable in both: the base is zeroed there, and a lookup
 * adds what replaces it (row 0 of the table is 0, for all other positions).
 */
export function replaceRows(base: Tensor4D, rows: Tensor4D, { padded, counts }: Positions): Tensor4D {
  const [batch, heads, length, width] = base.shape;
  const most = rows.shape[2];
  const ids = new Int32Array(batch * heads * length);
  const kept = new Float32Array(batch * length).fill(1);
  for (let b = 0; b < batch; b++) {
    for (let g = 0; g < (counts[b] ?? 0); g++) {
      const position = padded[b]?.[g] ?? 0;
      kept[b * length + position] = 0;
      for (let list = b * heads; list < (b + 1) * heads; list++) ids[list * length + position] = 1 + list * most + g;
    }
  }
  const table = concat([zeros([1, width]), reshape(rows, [-1, width])], 0) as Tensor2D;
  const replaced = embeddingLookup(table, tensor(ids, [batch, heads, length], "int32")); // [B,H,N,C]
  return add(mul(base, tensor(kept, [batch, 1, length, 1])), replaced) as Tensor4D;
}
