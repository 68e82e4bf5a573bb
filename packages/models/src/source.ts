import type { Tensor2D } from "@tensorflow/tfjs-core";
import { lengthMask } from "@attention-lab/nn";
import { invalid } from "@attention-lab/tensors";

/** What an encoder reads: one row per sequence, padded behind with any id. */
export interface Source {
  readonly ids: Tensor2D; // int32 [B,M]
  /** Ids that count in each row, 1 to M; absent: all. */
  readonly lengths?: readonly number[];
}

/**
 * The source's padding [B,M], 1 = real; undefined where every id counts.
 *
 * @throws RangeError unless there is a length from 1 to M for each row: a row of padding alone has nothing to attend to.
 */
export function paddingOf(who: string, { ids, lengths }: Source): Tensor2D | undefined {
  if (lengths === undefined) return undefined;
  const [rows, longest] = ids.shape;
  if (lengths.length !== rows) throw invalid(who, `there must be ${rows} source lengths`, lengths.length);
  const bad = lengths.find((length) => !Number.isInteger(length) || length < 1 || length > longest);
  if (bad !== undefined) throw invalid(who, `source lengths must be from 1 to ${longest}`, bad);
  return lengths.every((length) => length === longest) ? undefined : lengthMask(lengths, longest);
}
