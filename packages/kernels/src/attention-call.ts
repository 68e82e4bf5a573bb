/** What attention kernels take: tiles, the predicate inside them, and what may come on top of plain scores. */
import type { F32 } from "./engine.ts";

/**
 * Which key tiles each query tile needs, in CSR form, for one or more (batch, head) groups. List of (b, h): b * batchStride + h * headStride.
 * Lists are made from a pattern by `tileList` of `@attention-lab/ops`; rows are query tiles forwards and key tiles backwards.
 */
export interface TileList {
  /** [lists * rows + 1]: where each row's tiles start. */
  readonly start: Int32Array;
  /** Tile numbers, ascending within a row. */
  readonly tile: Int32Array;
  /** 1 where some pair of the tile is hidden, so that the predicate must be applied; 0 where all are visible. */
  readonly partial: Uint8Array;
  /** For each tile the number of its mask in `masks`, or -1 where the predicate says which pairs are visible. Absent: -1 for all. */
  readonly mask?: Int32Array;
  /**
   * [masks, column, 2]: bit r % 32 of word floor(r / 32) says whether row r of the tile (tile.queries of them) and the column (tile.keys of
   * them) see each other. A mask knows `causal` and the ends of the sequences; key padding alone comes on top.
   */
  readonly masks?: Int32Array;
  readonly rows: number;
  readonly batchStride: number;
  readonly headStride: number;
}

/** The predicate inside partial tiles: the fields of a pattern, per head. */
export interface Predicate {
  readonly causal: boolean;
  readonly queryOffset: number;
  /** Absent: no window. dilation has one entry per head. */
  readonly window?: { readonly before: number; readonly after: number; readonly dilation: Int32Array };
  /** [B, M] 0 or 1; a global key is seen from every query. */
  readonly globalKeys?: Uint8Array;
}

/**
 * Scores by clipped offset r = clip(key - query - queryOffset, -clip, clip) + clip (Shaw et al. 2018): scores [B,H,N,2 clip + 1] are added to
 * the scaled scores; sums, if wanted, [B,H,N,2 clip + 1] receives the weights (after dropout) summed by r.
 */
export interface OffsetScores {
  readonly clip: number;
  readonly scores: F32;
  readonly sums?: F32;
}
/** Backward: `sums` as the forward call left it, its gradient dSums exactly where it is given, and dScores to be written. */
export interface OffsetScoresGradient extends OffsetScores {
  readonly dSums?: F32;
  readonly dScores: F32;
}

/**
 * Drops weights: that of row n and key m is kept, times 1 / (1 - t / 65536) with t = round(rate * 65536), when half word m % 8 (low half first)
 * of philox4x32-10([floor(m / 8), (b * H + h) * N + n, ...counter], key) is at least t. The same call backwards replays it.
 */
export interface WeightDropout {
  readonly rate: number;
  readonly key: readonly [number, number];
  readonly counter: readonly [number, number];
}

/** Layouts: q [B,H,N,D], k [B,KH,M,D], v [B,KH,M,Dv], out [B,H,N,Dv], logSumExp [B,H,N]; head h reads key head floor(h * KH / H). */
export interface AttentionCall {
  readonly batch: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly headDim: number;
  readonly valueDim: number;
  readonly scale: number;
  readonly q: F32;
  readonly k: F32;
  readonly v: F32;
  readonly predicate: Predicate;
  /** Rows are query tiles (tile.queries), entries key tiles (tile.keys). Absent: every tile which `causal` leaves. */
  readonly tiles?: TileList;
  /** [B, M] 0 or 1: 0 hides a padding key. */
  readonly keyPadding?: F32;
  /** [H, N + M - 1]: bias by offset, added to scaled scores; index key - query + N - 1, both counted from 0 (queryOffset plays no part). */
  readonly bias?: F32;
  readonly offsets?: OffsetScores;
  readonly dropout?: WeightDropout;
  readonly out: F32;
  readonly logSumExp: F32;
}
export interface AttentionGradientCall extends AttentionCall {
  /**
   * As `tiles`, transposed: rows are key panels (tile.queries keys wide), entries query tiles (tile.keys queries). Absent: every tile
   * which `causal` leaves, with the predicate applied.
   */
  readonly transposedTiles?: TileList;
  readonly offsets?: OffsetScoresGradient;
  readonly dOut: F32;
  readonly dq: F32;
  readonly dk: F32;
  readonly dv: F32;
  readonly dBias?: F32;
}
