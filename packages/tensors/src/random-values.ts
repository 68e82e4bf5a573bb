/** Seeded random numbers in plain arrays. Values depend on the seed and the index alone, so a longer array starts with the shorter one. */
import { invalid } from "./invalid.ts";
import { philoxInto } from "./philox.ts";

/** One key word per kind of draw: uniforms and normals of the same seed share nothing. */
const stream = { uniform: 1, normal: 2, integer: 3, permutation: 4 } as const;

/** n numbers in [0, 1), multiples of 2^-24, so that float32 holds each exactly. */
export function uniformValues(seed: number, n: number): Float32Array {
  const draws = drawWords(seed, stream.uniform, n);
  return Float32Array.from(draws.subarray(0, n), (draw) => (draw >>> 8) * 2 ** -24);
}

/** n standard normal numbers by Box and Muller (1958), computed in double precision on the host. */
export function normalValues(seed: number, n: number): Float32Array {
  const draws = drawWords(seed, stream.normal, n);
  const values = new Float32Array(n);
  for (let index = 0; index < n; index += 2) {
    // Half a step up: the logarithm never sees 0.
    const radius = Math.sqrt(-2 * Math.log(((draws[index] ?? 0) + 0.5) * 2 ** -32));
    const angle = 2 * Math.PI * (draws[index + 1] ?? 0) * 2 ** -32;
    values[index] = radius * Math.cos(angle);
    if (index + 1 < n) values[index + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** n integers in [0, below), below at most 2^31. */
export function integers(seed: number, n: number, below: number): Int32Array {
  if (!Number.isSafeInteger(below) || below < 1 || below > 2 ** 31) {
    throw invalid("integers", "below must be an integer from 1 to 2^31", below);
  }
  const draws = drawWords(seed, stream.integer, 2 * n);
  return Int32Array.from({ length: n }, (_, index) => Math.floor(fraction(draws, index) * below));
}

/** The numbers 0 .. n-1 in random order (Fisher and Yates). */
export function permutation(seed: number, n: number): Int32Array {
  const draws = drawWords(seed, stream.permutation, 2 * n);
  const order = Int32Array.from({ length: n }, (_, index) => index);
  for (let last = n - 1; last > 0; last--) {
    const other = Math.floor(fraction(draws, last) * (last + 1));
    const held = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = held;
  }
  return order;
}

/** 53 random bits as a fraction in [0, 1): scaled to any int32 range, the bias stays below 2^-22 of a step. */
function fraction(draws: Uint32Array, index: number): number {
  return ((draws[2 * index] ?? 0) * 2 ** 21 + ((draws[2 * index + 1] ?? 0) >>> 11)) * 2 ** -53;
}

/** At least n words, in whole blocks of four. */
function drawWords(seed: number, kind: number, n: number): Uint32Array {
  if (!Number.isSafeInteger(n) || n < 0)
    throw invalid("random values", "the count must be an integer of at least 0", n);
  const blocks = Math.ceil(n / 4);
  const draws = new Uint32Array(4 * blocks);
  for (let block = 0; block < blocks; block++) {
    philoxInto(draws, 4 * block, [block, Math.floor(block / 2 ** 32), 0, 0], [seed, kind]);
  }
  return draws;
}
