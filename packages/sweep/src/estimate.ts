import type { PlannedTrial } from "./plan.ts";

/** Starting guess, before anything was measured: operations per second, and seconds that any repeat takes. */
const guess = { flopsPerSecond: 3e10, floorSeconds: 0.01 };
/** How much predicted time has to be measured before it outweighs the guess. */
const priorSeconds = 0.2;

/**
 * Seconds of one repeat of each trial, from its predicted cost: what was measured of a variant and phase scales the prediction of
 * the trials that were not. The mean of the trials so far would be wrong, since long ones come at random places.
 */
export class Estimate {
  readonly #families = new Map<string, Sum>();
  #all: Sum = { predicted: priorSeconds, seconds: priorSeconds };

  observe(trial: PlannedTrial, seconds: number): void {
    const predicted = predictedSeconds(trial);
    const family = this.#families.get(familyOf(trial)) ?? { predicted: 0, seconds: 0 };
    this.#families.set(familyOf(trial), added(family, predicted, seconds));
    this.#all = added(this.#all, predicted, seconds);
  }

  secondsOf(trial: PlannedTrial): number {
    const overall = this.#all.seconds / this.#all.predicted;
    const family = this.#families.get(familyOf(trial)) ?? { predicted: 0, seconds: 0 };
    // A few short repeats must not swing the estimate of the long ones: they are weighed against what all trials say.
    const ratio = (family.seconds + priorSeconds * overall) / (family.predicted + priorSeconds);
    return ratio * predictedSeconds(trial);
  }
}

interface Sum {
  readonly predicted: number;
  readonly seconds: number;
}

function added({ predicted, seconds }: Sum, morePredicted: number, moreSeconds: number): Sum {
  return { predicted: predicted + morePredicted, seconds: seconds + moreSeconds };
}

function familyOf({ config }: PlannedTrial): string {
  return `${config.variant} ${config.phase}`;
}

function predictedSeconds({ predicted }: PlannedTrial): number {
  return guess.floorSeconds + predicted.flops / guess.flopsPerSecond;
}
