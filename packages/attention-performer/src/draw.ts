import { deriveSeed } from "@attention-lab/tensors";
import { gaussian, orthogonalGaussian } from "./orthogonal-gaussian.ts";

/**
 * Which draw of the random directions is in use. The directions are a pure function of the layer's seed and this number,
 * so a checkpoint need only know the number (or the step it follows from).
 */
export interface Draw {
  readonly number: number;
}

/** The first draw. Give it to `performer` as the option `draw` to be able to redraw the layers built from it. */
export function projectionDraw(): Draw {
  return { number: 0 };
}

/**
 * Makes every layer built with `draw` use new directions from its next call on (the resampling in training of
 * Choromanski et al. 2021). Without a number it takes the next draw; `redraw(draw, Math.floor(step / 1000))` resumes exactly.
 */
export function redraw(draw: Draw, number: number = draw.number + 1): void {
  if (!Number.isInteger(number) || number < 0) {
    throw new RangeError(`redraw: number must be a whole number, 0 or more, got ${String(number)}`);
  }
  (draw as { number: number }).number = number;
}

/** Directions of the current draw, [rows, d] on the host; drawn once per number. */
export function directions(
  draw: Draw,
  { seed, rows, d, orthogonal }: { seed: number; rows: number; d: number; orthogonal: boolean },
): () => Float32Array {
  let drawn: { number: number; values: Float32Array } | undefined;
  return () => {
    if (drawn?.number !== draw.number) {
      const drawSeed = deriveSeed(seed, "performer projection", draw.number);
      drawn = { number: draw.number, values: (orthogonal ? orthogonalGaussian : gaussian)(drawSeed, rows, d) };
    }
    return drawn.values;
  };
}
