import {
  add,
  cast,
  concat,
  div,
  equal,
  expandDims,
  floor,
  greater,
  matMul,
  maximum,
  mean,
  mul,
  range,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { mergeHeads, splitHeads } from "@attention-lab/attention";
import { prefixSum, scope } from "@attention-lab/tensors";

/**
 * Landmarks of a sequence of n positions: the means of L neighbouring segments. The first n mod L segments have one position more than the
 * others, so no length has to be filled up; with fewer positions than landmarks each position is its own.
 */
export interface Landmarks {
  /** L: the landmarks asked for, or as many as there are positions. */
  readonly count: number;
  /** [B,L], 1 = a landmark with a real position; absent where all have one. */
  readonly real?: Tensor2D;
  /** [B,H,n,D] -> [B,H,L,D]. */
  means(x: Tensor4D): Tensor4D;
}

/** Segments of all positions. */
export function wholeSegments(length: number, landmarks: number): Landmarks {
  const count = Math.min(landmarks, length);
  return { count, means: (x) => evenMeans(x, count) };
}

/** Segments of all positions, whose padding (0 in keyPadding [B,n]) is left out of the means. */
export function maskedSegments(keyPadding: Tensor2D, landmarks: number): Landmarks {
  const [batch, length] = keyPadding.shape;
  const count = Math.min(landmarks, length);
  const mask = reshape(keyPadding, [batch, 1, length, 1]) as Tensor4D;
  const share = evenMeans(mask, count); // [B,1,L,1], the part of each segment that is real
  const real = cast(reshape(greater(share, 0), [batch, count]), "float32") as Tensor2D;
  const divisor = maximum(share, 1 / (2 * length));
  return {
    count,
    real,
    means: (x) => scope("maskedMeans", () => div(evenMeans(mul(x, mask) as Tensor4D, count), divisor) as Tensor4D),
  };
}

/**
 * Segments of the real positions alone, in each batch row as if its padding were not there. A matrix [B,L,n] takes the means, because how
 * many positions are real is only known to the device.
 */
export function realSegments(keyPadding: Tensor2D, landmarks: number): Landmarks {
  const [batch, length] = keyPadding.shape;
  const count = Math.min(landmarks, length);
  const { averages, real } = scope("realSegments", () => {
    const segment = expandDims(segmentOf(keyPadding, landmarks), 1); // [B,1,n]
    const own = cast(equal(segment, reshape(range(0, count), [1, count, 1])), "float32"); // [B,L,n]
    const members = mul(own, expandDims(keyPadding, 1));
    const sizes = sum(members, 2, true); // [B,L,1]
    return {
      averages: div(members, maximum(sizes, 1)) as Tensor3D,
      real: cast(reshape(greater(sizes, 0), [batch, count]), "float32") as Tensor2D,
    };
  });
  // One product for all heads, [B,L,n] times [B,n,H*D].
  const means = (x: Tensor4D) => scope("realMeans", () => splitHeads(matMul(averages, mergeHeads(x)), x.shape[1]));
  return { count, real, means };
}

/** [B,n]: the segment of each real position, counted by its rank among the real ones. */
function segmentOf(keyPadding: Tensor2D, landmarks: number): Tensor {
  // Halves: no quotient falls on a whole number, where rounding would decide. Division on a graphics card is not rounded exactly.
  const rank = sub(prefixSum(keyPadding, 1), 0.5);
  const total = sum(keyPadding, 1, true); // [B,1]
  const short = floor(div(add(total, 0.5), landmarks));
  const longer = sub(total, mul(short, landmarks)); // how many segments have one position more
  // Of the two countings, by long segments from the front and by short ones after them, the larger is right.
  return maximum(floor(div(rank, add(short, 1))), floor(div(sub(rank, longer), maximum(short, 1))));
}

/** [B,H,n,D] -> [B,H,L,D] in O(n). */
function evenMeans(x: Tensor4D, count: number): Tensor4D {
  const [batch, heads, length, width] = x.shape;
  const short = Math.floor(length / count);
  const longer = length % count;
  const meansOf = (part: Tensor, segments: number, size: number) =>
    reshape(mean(reshape(part, [batch * heads * segments, size, width]), 1), [
      batch,
      heads,
      segments,
      width,
    ]) as Tensor4D;
  if (longer === 0) return scope("segmentMeans", () => meansOf(x, count, short));
  return scope("segmentMeans", () => {
    const head = longer * (short + 1);
    const first = slice(x, [0, 0, 0, 0], [batch, heads, head, width]);
    const rest = slice(x, [0, 0, head, 0], [batch, heads, length - head, width]);
    return concat([meansOf(first, longer, short + 1), meansOf(rest, count - longer, short)], 2);
  });
}
