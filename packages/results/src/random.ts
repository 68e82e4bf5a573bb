/**
 * A small deterministic generator of uniform numbers in [0, 1) for resampling: SplitMix32, a counter through a mixing
 * function (after Steele, Lea and Flood, 2014). The same seed gives the same intervals on every machine.
 */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** A seed of its own for every label (FNV-1a), so that a curve's interval does not depend on which others are reported. */
export function seedOf(seed: number, label: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const character of label) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}
