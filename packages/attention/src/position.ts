import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Parameters } from "@attention-lab/nn";
import type { RelativeTable, ScoreBias } from "./contract.ts";

/** A position encoding built for one model. Each part is optional; an absent part is the identity. */
export interface Position {
  readonly name: string;
  /** Trainable variables (learned tables); usually none. */
  readonly parameters: Parameters;
  /** Added to or combined with the embeddings [B,N,dModel]; `start` is the position of row 0. The model calls it. */
  embed?(x: Tensor3D, start: number): Tensor3D;
  /** Applied to queries and keys [B,H,N,D]; `start` is the position of row 0. Multi-head attention calls it. */
  rotate?(x: Tensor4D, start: number): Tensor4D;
  /** Added to the scores by offset; needs a variant that supports `scoreBias`. */
  readonly bias?: ScoreBias;
  /** Shaw's tables; needs a variant that supports `relativeContent`. */
  readonly relative?: RelativeTable;
}

/** Leaves the scores alone, so that every variant honours it: embeddings or rotations only. */
export type UnscoredPosition = Position & { readonly bias?: never; readonly relative?: never };
/** Adds a bias by offset to the scores. */
export type BiasPosition = Position & { readonly bias: ScoreBias; readonly relative?: never };
/** Compares queries with a vector for each offset. */
export type RelativePosition = Position & { readonly relative: RelativeTable; readonly bias?: never };
