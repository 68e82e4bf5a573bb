import { relativeHalfWidth } from "./median-interval.ts";
import { median, medianAndQuartiles, quantile } from "./statistics.ts";
import type { TrialState } from "./trial-state.ts";

const NINE_IN_TEN = 0.9;
/** Beyond the quartiles, in interquartile ranges: "far out" in Tukey's words (1977, section 2E). */
const FAR_OUT = 3;

/** What the repeats say about the harness and the machine. */
export interface Noise {
  readonly noiseFloor: number | null;
  readonly halfWidth: number | null;
  readonly outliers: number;
}

export function noiseOf(states: readonly TrialState[]): Noise {
  const measured = states.filter(({ failure }) => !failure).map(({ samples }) => samples);
  const widths = measured.map(relativeHalfWidth).filter(Number.isFinite);
  return {
    noiseFloor: noiseFloorOf(measured),
    halfWidth: widths.length > 0 ? quantile(widths, NINE_IN_TEN) : null,
    outliers: measured.reduce((sum, samples) => sum + farOut(samples).length, 0),
  };
}

/** A/A: the even repeats of a trial against its odd ones, which are interleaved in time like two variants would be. */
function noiseFloorOf(measured: readonly (readonly number[])[]): number | null {
  const differences = measured
    .filter(({ length }) => length >= 4)
    .map((samples) => {
      const half = (parity: number) => median(samples.filter((_, i) => i % 2 === parity));
      return Math.abs(half(0) / half(1) - 1);
    });
  return differences.length > 0 ? quantile(differences, NINE_IN_TEN) : null;
}

/** The repeats of a trial that lie far out of the others. */
export function farOut(samples: readonly number[]): number[] {
  if (samples.length < 4) return [];
  const { low, high } = medianAndQuartiles(samples);
  const reach = FAR_OUT * (high - low);
  return samples.filter((each) => each < low - reach || each > high + reach);
}
