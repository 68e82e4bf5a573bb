import { type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { invalid, positiveInteger } from "./invalid.ts";

/**
 * Lengths of the sequences of a batch -> padding mask [B,N] of their first N positions: 1 where a sequence is, 0 past its end.
 *
 * @throws RangeError for a length that is not a whole number from 0 to N.
 */
export function lengthMask(lengths: readonly number[], length: number): Tensor2D {
  positiveInteger("lengthMask", "length", length);
  const bad = lengths.find((each) => !Number.isInteger(each) || each < 0 || each > length);
  if (bad !== undefined) throw invalid("lengthMask", `lengths must be whole numbers from 0 to ${length}`, bad);
  const rows = lengths.flatMap((real) => Array.from({ length }, (_, position) => (position < real ? 1 : 0)));
  return tensor2d(rows, [lengths.length, length]);
}
