import { deriveSeed, permutation } from "@attention-lab/tensors";

export interface Repeat<T> {
  readonly trial: T;
  readonly repeat: number;
}

/**
 * Repeats of all trials in rounds: every round holds one repeat of each trial, in its own random order, so that a slow minute
 * of the machine falls on all variants alike. The order depends on the seed only, also after a resume.
 */
export function interleaved<T>(trials: readonly T[], repeats: number, seed: number): Repeat<T>[] {
  const order: Repeat<T>[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const index of permutation(deriveSeed(seed, "sweep", "round", repeat), trials.length)) {
      const trial = trials[index];
      if (trial !== undefined) order.push({ trial, repeat });
    }
  }
  return order;
}
