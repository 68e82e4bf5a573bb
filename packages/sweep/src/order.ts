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
  return Array.from({ length: repeats }, (_, repeat) => round(trials, repeat, seed)).flat();
}

/** One repeat of each trial, in the random order of that round. */
export function round<T>(trials: readonly T[], repeat: number, seed: number): Repeat<T>[] {
  return Array.from(permutation(deriveSeed(seed, "sweep", "round", repeat), trials.length)).flatMap((index) => {
    const trial = trials[index];
    return trial === undefined ? [] : [{ trial, repeat }];
  });
}
