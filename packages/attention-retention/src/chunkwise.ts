import { add, concat, mul, slice, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { carry, matMulHeads, positiveInteger, scope, withGradient } from "@attention-lab/tensors";
import { decayColumn, decayMatrix } from "./decay-tables.ts";
import { checkRetention, type RetentionOptions, type RetentionTensors, type Sees } from "./retention-call.ts";

export interface ChunkwiseOptions extends RetentionOptions {
  /** Positions that are handled at once: it changes the cost, not the result. */
  readonly chunk: number;
}

/**
 * Retention in its chunkwise form (Sun et al. 2023, eq. 7): the positions of a chunk among themselves in the parallel form, all earlier
 * chunks through one state, O(N (chunk + D) D) time and no N x N matrix.
 *
 * Retention is linear in q, in k and in v, so that its gradients are retentions too, and only q, k and v are kept for them:
 * dq = R(dOut, v, k) looking the same way, dk = R(v, dOut, q) and dv = R(k, q, dOut) looking the other way.
 *
 * @returns [B,H,N,Dv]
 */
export function chunkwiseRetention({ q, k, v }: RetentionTensors, options: ChunkwiseOptions): Tensor4D {
  checkRetention("chunkwiseRetention", { q, k, v }, options);
  positiveInteger("chunkwiseRetention", "chunk", options.chunk);
  const back = { ...options, sees: reversed[options.sees] };
  return withGradient<Tensor4D>([q, k, v], (save) => {
    save([q, k, v]);
    return {
      value: retain({ q, k, v }, options),
      gradient: (dOut, saved) => {
        const [q, k, v] = saved as [Tensor4D, Tensor4D, Tensor4D];
        return [
          retain({ q: dOut, k: v, v: k }, options),
          retain({ q: v, k: dOut, v: q }, back),
          retain({ q: k, k: q, v: dOut }, back),
        ];
      },
    };
  });
}

const reversed = { past: "future", future: "past", all: "all" } as const satisfies Record<Sees, Sees>;

function retain(inputs: RetentionTensors, options: ChunkwiseOptions): Tensor4D {
  const forwards = () => sweep(inputs, options, { backwards: false, itself: true });
  const backwards = (itself: boolean) => sweep(inputs, options, { backwards: true, itself });
  switch (options.sees) {
    case "past":
      return forwards();
    case "future":
      return backwards(true);
    case "all":
      return scope("both ways", () => add(forwards(), backwards(false)));
  }
}

interface Direction {
  /** From the last chunk to the first: each position sees the later ones. */
  readonly backwards: boolean;
  /** Whether a position sees itself. */
  readonly itself: boolean;
}

function sweep({ q, k, v }: RetentionTensors, options: ChunkwiseOptions, direction: Direction): Tensor4D {
  return scope("sweep", () => {
    const [batch, heads, length] = q.shape;
    const chunks = chunksOf(length, options.chunk);
    const order = direction.backwards ? chunks.toReversed() : chunks;
    const sizes = new Set(chunks.map(({ size }) => size)); // at most two
    const decays = new Map([...sizes].map((size) => [size, chunkDecays(batch, size, options, direction)]));
    let walk: Walk = { state: [], outputs: [] };
    for (const [turn, { begin, size }] of order.entries()) {
      const { inner, read, write, whole } = decays.get(size) as ChunkDecays;
      const rows = (x: Tensor4D): Tensor4D => slice(x, [0, 0, begin, 0], [batch, heads, size, x.shape[3]]);
      walk = carry(walk, ({ state: [before], outputs }) => {
        const own = { q: rows(q), k: rows(k), v: rows(v) }; // [B,H,C,D], [B,H,C,D], [B,H,C,Dv]
        const among = matMulHeads(mul(matMulHeads(own.q, own.k, false, true), inner), own.v); // [B,H,C,Dv]
        const output = before === undefined ? among : add<Tensor4D>(among, matMulHeads(mul(own.q, read), before));
        // After the last chunk nobody reads the state.
        if (turn === order.length - 1) return { state: [], outputs: [...outputs, output] };
        const added = matMulHeads(mul(own.k, write), own.v, true); // [B,H,D,Dv]
        const state = before === undefined ? added : add<Tensor4D>(mul(before, whole), added);
        return { state: [state], outputs: [...outputs, output] };
      });
    }
    return concat(direction.backwards ? walk.outputs.toReversed() : walk.outputs, 2);
  });
}

/** What the chunks so far leave for the next one, sum of gamma^distance k^T v [B,H,D,Dv] (none at first), and their rows [B,H,C,Dv]. */
type Walk = { state: Tensor4D[]; outputs: Tensor4D[] };

/** The chunks in order; the last one may be smaller. */
export function chunksOf(length: number, chunk: number): { readonly begin: number; readonly size: number }[] {
  return Array.from({ length: Math.ceil(length / chunk) }, (_, index) => {
    const begin = index * chunk;
    return { begin, size: Math.min(chunk, length - begin) };
  });
}

interface ChunkDecays {
  /** Between positions of the chunk: D of eq. 7, times the scale. [1,H,C,C] */
  readonly inner: Tensor;
  /** From the state to each position: xi of eq. 7, times the scale. [B,H,C,1] */
  readonly read: Tensor;
  /** From each position to the end of the chunk: zeta of eq. 7. [B,H,C,1] */
  readonly write: Tensor;
  /** Over a whole chunk: gamma^C. [B,H,1,1] */
  readonly whole: Tensor;
}

function chunkDecays(
  batch: number,
  size: number,
  { gammas, scale }: RetentionOptions,
  { backwards, itself }: Direction,
): ChunkDecays {
  // Seen backwards, the first position of a chunk is the one that is furthest away.
  const from = (i: number) => (backwards ? size - 1 - i : i);
  const sees = (i: number, j: number) => (i === j ? itself : backwards ? j > i : j < i);
  return {
    inner: decayMatrix(size, { gammas, scale, sees }),
    read: decayColumn({ batch, gammas, length: size }, (i) => from(i) + 1, scale),
    write: decayColumn({ batch, gammas, length: size }, (i) => size - 1 - from(i)),
    whole: decayColumn({ batch, gammas, length: 1 }, () => size),
  };
}
