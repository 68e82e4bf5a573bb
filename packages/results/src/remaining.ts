import { median } from "./statistics.ts";
import type { TrialState } from "./trial-state.ts";

/**
 * Seconds that the missing repeats will take: each by its declared operations and the rate that its variant has shown. Not
 * the mean of the repeats so far, because long trials come at random places. Null while a planned trial is unknown or no rate is.
 */
export function remainingSeconds(states: readonly TrialState[], planned: number): number | null {
  if (states.length < planned) return null;
  const open = states.filter(({ missing }) => missing.length > 0);
  const times = open.map((state) => {
    const seconds = state.samples.length > 0 ? median(state.samples) : expected(state, states);
    return seconds === undefined ? undefined : seconds * (state.missing.length + warmUps(state));
  });
  if (times.some((time) => time === undefined)) return null;
  return times.reduce<number>((sum, time) => sum + (time ?? 0), 0);
}

/** Warm-ups of a trial that has not begun are still to come. */
function warmUps({ samples, config }: TrialState): number {
  return samples.length === 0 ? config.warmups : 0;
}

function expected({ config, predicted }: TrialState, states: readonly TrialState[]): number | undefined {
  const timed = states.filter(({ samples, predicted: { flops } }) => samples.length > 0 && flops > 0);
  const same = timed.filter((other) => other.config.variant === config.variant && other.config.phase === config.phase);
  const rates = (same.length > 0 ? same : timed).map((other) => median(other.samples) / other.predicted.flops);
  return rates.length > 0 ? median(rates) * predicted.flops : undefined;
}
