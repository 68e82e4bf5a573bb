/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 * Every (counter, key) pair names four independent words, so a number depends on where it is used and never on what was drawn
 * before it, nor on the backend, the thread count or the language.
 */

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9; // golden ratio
const weyl1 = 0xbb67ae85; // sqrt(3) - 1
const rounds = 10;

/** Four uint32 words of one counter and one key (all words uint32; other numbers are taken modulo 2^32). */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  philoxInto(words, 0, counter, key);
  return [word(0), word(1), word(2), word(3)];
}

const words = new Uint32Array(4);
const word = (index: number): number => words[index] ?? 0;

/** As `philox4x32`, written to four places of an array: no allocation in loops over millions of elements. */
export function philoxInto(
  target: Uint32Array,
  offset: number,
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(multiplier0, c0);
    const high1 = multiplyHigh(multiplier1, c2);
    const low0 = Math.imul(multiplier0, c0);
    const low1 = Math.imul(multiplier1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + weyl0) | 0;
    k1 = (k1 + weyl1) | 0;
  }
  target[offset] = c0;
  target[offset + 1] = c1;
  target[offset + 2] = c2;
  target[offset + 3] = c3;
}

/** Upper 32 bits of a 32 x 32 bit product, by halves of 16 bits: doubles hold every partial sum exactly. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carried = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carried / 0x10000)) | 0;
}
