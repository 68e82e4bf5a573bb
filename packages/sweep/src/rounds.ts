import { relativeHalfWidth } from "@attention-lab/results/store";
import type { Experiment } from "./experiment.ts";
import { interleaved, round, type Repeat } from "./order.ts";

/** What the rounds must know of what has been measured; a `Ledger` is one. */
export interface Measured<T> {
  hasFailed(trial: T): boolean;
  /** Seconds of one call, of all repeats so far. */
  secondsOf(trial: T): readonly number[];
  /** Seconds that all measured calls took, of all trials. */
  spentSeconds(): number;
}

/**
 * The repeats of a sweep, in order: first as many as the experiment asks for; where it states a `precision`, then rounds of those trials whose median is
 * not known as well yet, until all are, or one has `mostRepeats`, or the measured calls have taken `budgetSeconds`. What is asked here is asked again
 * while it runs, so a repeat counts as soon as it is in the ledger. All of it follows from the log: a sweep that was killed goes on as if it had not been.
 */
export function* rounds<T>(
  trials: readonly T[],
  { repeats, seed, precision }: Pick<Experiment, "repeats" | "seed" | "precision">,
  measured: Measured<T>,
): Generator<Repeat<T>> {
  yield* interleaved(trials, repeats, seed);
  if (precision === undefined) return;
  const { relativeHalfWidth: wanted, budgetSeconds = Number.POSITIVE_INFINITY, mostRepeats } = precision;
  for (let repeat = repeats; repeat < mostRepeats; repeat++) {
    const rough = (trial: T) => !measured.hasFailed(trial) && relativeHalfWidth(measured.secondsOf(trial)) > wanted;
    if (!trials.some(rough)) return;
    for (const each of round(trials, repeat, seed)) {
      if (measured.spentSeconds() >= budgetSeconds) return;
      if (rough(each.trial)) yield each;
    }
  }
}
