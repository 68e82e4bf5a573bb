import { deriveSeed } from "@attention-lab/tensors";
import { type Draws, draws } from "./draws.ts";
import type { Split } from "./task.ts";

interface SourceOptions<E> {
  readonly name: string;
  readonly seed: number;
  readonly draw: (draws: Draws) => E;
  /** What decides an example's split, so that no input is in both; absent: the splits are drawn apart but may share inputs. */
  readonly input?: (example: E) => Iterable<number>;
}

const validationShare = 0.1;
const mostAttempts = 10_000;

/**
 * Example number `index` of a split: a pure function of name, seed, split and index. With `input`, a hash of the input itself says which split
 * it belongs to, a tenth to validation, and examples of the other one are drawn again: the splits are disjoint, however many are drawn.
 *
 * @throws Error if so few inputs exist that a split gets none.
 */
export function exampleSource<E>({ name, seed, draw, input }: SourceOptions<E>): (split: Split, index: number) => E {
  return (split, index) => {
    const base = deriveSeed(seed, name, split, index);
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const example = draw(draws(deriveSeed(base, attempt)));
      if (input === undefined || splitOf(input(example)) === split) return example;
    }
    throw new Error(`${name}: there must be inputs for the ${split} split, got none in ${mostAttempts} draws`);
  };
}

/** FNV-1a over the ids, then the finaliser of MurmurHash3, so that ids which differ in one place fall on either side. */
function splitOf(ids: Iterable<number>): Split {
  let hash = 0x811c9dc5;
  for (const id of ids) hash = Math.imul(hash ^ id, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) * 2 ** -32 < validationShare ? "validation" : "training";
}
