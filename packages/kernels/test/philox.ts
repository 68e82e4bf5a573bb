/** Philox4x32-10 (Salmon et al. 2011) with 64-bit products by BigInt. */
export function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [c0, c1, c2, c3] = counter.map((word) => BigInt(word)) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map((word) => BigInt(word)) as [bigint, bigint];
  const low = 0xffff_ffffn;
  for (let round = 0; round < 10; round++) {
    const a = 0xd251_1f53n * c0;
    const b = 0xcd9e_8d57n * c2;
    [c0, c1, c2, c3] = [(b >> 32n) ^ c1 ^ k0, b & low, (a >> 32n) ^ c3 ^ k1, a & low];
    k0 = (k0 + 0x9e37_79b9n) & low;
    k1 = (k1 + 0xbb67_ae85n) & low;
  }
  return [c0, c1, c2, c3].map(Number);
}
