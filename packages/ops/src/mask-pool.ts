/** Bit masks of tiles, each kept once however many tiles share it: regular patterns have few, random ones up to one per tile. */
export interface MaskPool {
  /** The number of the mask with these words, which are copied when they are new. */
  add(words: Int32Array): number;
  /** All masks, one after the other. */
  all(): Int32Array;
}

export function maskPool(wordsPerMask: number): MaskPool {
  let pool = new Int32Array(16 * wordsPerMask);
  let count = 0;
  const byHash = new Map<number, number[]>();
  const equals = (number: number, words: Int32Array): boolean => {
    for (let i = 0; i < wordsPerMask; i++) if (pool[number * wordsPerMask + i] !== words[i]) return false;
    return true;
  };
  return {
    add(words) {
      const hash = hashOf(words);
      const candidates = byHash.get(hash) ?? [];
      const known = candidates.find((number) => equals(number, words));
      if (known !== undefined) return known;
      if ((count + 1) * wordsPerMask > pool.length) {
        const larger = new Int32Array(2 * pool.length);
        larger.set(pool);
        pool = larger;
      }
      pool.set(words, count * wordsPerMask);
      byHash.set(hash, [...candidates, count]);
      return count++;
    },
    all: () => pool.slice(0, count * wordsPerMask),
  };
}

/** FNV-1a, a word at a time. */
function hashOf(words: Int32Array): number {
  let hash = 0x811c9dc5;
  for (const word of words) hash = Math.imul(hash ^ word ^ (word >>> 15), 0x01000193);
  return hash;
}
