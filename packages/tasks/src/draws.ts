import { invalid, philox4x32 } from "@attention-lab/tensors";

/** Random choices one after the other, decided by a seed alone: for generators whose number of choices is not known beforehand. */
export interface Draws {
  /** A number in [0, 1), a multiple of 2^-32. */
  uniform(): number;
  /** An integer in [0, n). */
  below(n: number): number;
  /** An integer from `least` to `most`, both included. */
  between(least: number, most: number): number;
  pick<T>(choices: readonly T[]): T;
  /** The given things in random order (Fisher and Yates). */
  shuffled<T>(things: readonly T[]): T[];
}

/** A key word of its own: these draws share nothing with those of `uniformValues` or `integers` of the same seed. */
const stream = 16;

/** Draws number 0, 1, 2, ... of the seed (Philox4x32-10). */
export function draws(seed: number): Draws {
  let drawn = 0;
  let block: readonly number[] = [];
  const uniform = () => {
    if (drawn % 4 === 0) block = philox4x32([drawn / 4, 0, 0, 0], [seed, stream]);
    return (block[drawn++ % 4] ?? 0) * 2 ** -32;
  };
  const below = (n: number) => Math.floor(uniform() * n);
  return {
    uniform,
    below,
    between: (least, most) => least + below(most - least + 1),
    pick(choices) {
      const choice = choices[below(choices.length)];
      if (choice === undefined) throw invalid("draws", "there must be something to pick", choices);
      return choice;
    },
    shuffled(things) {
      const order = [...things];
      for (let last = order.length - 1; last > 0; last--) {
        const other = below(last + 1);
        [order[last], order[other]] = [order[other] as never, order[last] as never];
      }
      return order;
    },
  };
}
