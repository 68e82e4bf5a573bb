import { invalid } from "./invalid.ts";
import { philox4x32 } from "./philox.ts";

/**
 * A seed (uint32) for a part of something seeded: `deriveSeed(seed, "layer", 3, "query")`. Equal labels give equal seeds, any other
 * labels give independent ones, and the order of labels matters. Numeric labels must be integers.
 */
export function deriveSeed(seed: number, ...labels: (string | number)[]): number {
  let state = wordOf(seed, "seed");
  for (const label of labels) {
    const [low, high, kind] = typeof label === "number" ? numberWords(label) : textWords(label);
    [state] = philox4x32([low, high, kind, 0], [state, chain]);
  }
  return state;
}

const chain = 0x5eed5eed; // keeps derived seeds away from the keys that draw values
const numeric = 1;
const textual = 2;

function wordOf(value: number, name: string): number {
  if (!Number.isSafeInteger(value)) throw invalid("deriveSeed", `${name} must be an integer`, value);
  return value >>> 0;
}

function numberWords(label: number): [number, number, number] {
  return [wordOf(label, "a numeric label"), Math.floor(label / 2 ** 32) >>> 0, numeric];
}

/** FNV-1a over UTF-16 code units, and the length. */
function textWords(label: string): [number, number, number] {
  let hash = 0x811c9dc5;
  for (let index = 0; index < label.length; index++) hash = Math.imul(hash ^ label.charCodeAt(index), 0x01000193);
  return [hash >>> 0, label.length, textual];
}
