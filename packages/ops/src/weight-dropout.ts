import { mul, tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { philoxInto } from "@attention-lab/tensors";
import type { AttentionOptions } from "./attention-call.ts";
import type { WeightDropoutAttributes } from "./attention-kernels.ts";

/** Word 1 of the key: keeps masks of weights apart from other draws of the same seed. */
const weightKey = 0x3c6ef372;
/** Possible values of the half word that decides about one weight. */
const halfWords = 0x10000;
const keysPerCounter = 8;

/** What kernels and the composition need to drop the same weights; undefined when none are dropped. */
export function weightDropout(options: AttentionOptions["dropout"]): WeightDropoutAttributes | undefined {
  if (options === undefined || options.rate === 0) return undefined;
  return { rate: options.rate, key: [options.seed >>> 0, weightKey], counter: [options.step >>> 0, 0] };
}

/**
 * Drops attention weights [B,H,N,M] by a mask that depends on seed, step, row and key alone, so that any backend, tiling and thread count
 * drop the same ones. Row r = (b H + h) N + n keeps key m, times 65536 / (65536 - t) with t = round(65536 rate), when half word m % 8 (low
 * half first) of philox4x32(counter = [floor(m / 8), r, step, 0], key = [seed, 0x3c6ef372]) is at least t.
 */
export function dropWeights(weights: Tensor4D, { rate, key, counter }: WeightDropoutAttributes): Tensor4D {
  const keys = weights.shape[3];
  const rows = weights.size / keys;
  const threshold = Math.min(Math.round(rate * halfWords), halfWords - 1);
  const kept = halfWords / (halfWords - threshold);
  const mask = new Float32Array(weights.size);
  const words = new Uint32Array(4);
  for (let row = 0; row < rows; row++) {
    for (let first = 0; first < keys; first += keysPerCounter) {
      philoxInto(words, 0, [first / keysPerCounter, row, ...counter], key);
      for (let m = first; m < Math.min(first + keysPerCounter, keys); m++) {
        const word = words[(m - first) >> 1] ?? 0;
        const half = m % 2 === 0 ? word & 0xffff : word >>> 16;
        if (half >= threshold) mask[row * keys + m] = kept;
      }
    }
  }
  return mul(weights, tensor(mask, weights.shape, "float32"));
}
