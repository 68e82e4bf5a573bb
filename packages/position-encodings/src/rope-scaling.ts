import { invalid } from "@attention-lab/tensors";
import { z } from "zod";
import { geometricFrequencies } from "./frequencies.ts";

/** The scaled sequence is `factor` times as long as the one that the model was trained on. */
const factor = z.number().min(1);

/**
 * - `rotations`, the paper's: linear in the turns that a plane makes over the original length, from `slow` to `fast`.
 * - `planes`, the authors' code and all that follow it (Hugging Face, vLLM): linear in the plane's number, between the planes that make
 *   `fast` and `slow` turns, rounded outwards. Weights published as YaRN want this one.
 */
const ramps = ["rotations", "planes"] as const;
export type YarnRamp = (typeof ramps)[number];

/** How RoPE's frequencies are changed for sequences longer than those of training. */
export const ropeScalingSchema = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ kind: z.literal("linear"), factor }),
    z.strictObject({ kind: z.literal("ntk"), factor }),
    z.strictObject({
      kind: z.literal("yarn"),
      factor,
      originalLength: z.int({ error: "must be a positive integer" }).positive({ error: "must be a positive integer" }),
      fast: z.number().positive().default(32),
      slow: z.number().positive().default(1),
      ramp: z.enum(ramps).default("rotations"),
      magnitude: z.number().positive().exactOptional(),
    }),
  ],
  {
    error: ({ code }) =>
      code === "invalid_union"
        ? "must be linear or ntk or yarn"
        : "must be an object such as { kind: 'linear', factor: 4 }",
  },
);

/**
 * - `linear`, position interpolation (Chen et al. 2023, eq. 4): position p counts as p / factor.
 * - `ntk`, NTK-aware (bloc97 2023; Peng et al. 2023, section 3.1): base becomes base * factor^(r / (r - 2)) with r rotated channels, which
 *   divides the lowest frequency by `factor` and leaves the highest as it is.
 * - `yarn` (Peng et al. 2023, sections 3.2 and 3.4): a plane that makes at least `fast` turns over `originalLength` keeps its frequency, one that
 *   makes at most `slow` turns has it divided by `factor`, with a ramp between; queries and keys are multiplied by `magnitude`.
 */
export type RopeScaling =
  | { readonly kind: "linear"; readonly factor: number }
  | { readonly kind: "ntk"; readonly factor: number }
  | YarnScaling;

export interface YarnScaling {
  readonly kind: "yarn";
  readonly factor: number;
  /** Length of the sequences that the model was trained on. */
  readonly originalLength: number;
  readonly fast: number;
  readonly slow: number;
  readonly ramp: YarnRamp;
  /** Multiplies the rotated channels of q and k, so that scores are divided by a temperature 1 / magnitude^2. Default: 0.1 ln(factor) + 1. */
  readonly magnitude?: number;
}

interface Planes {
  /** Number of planes: half the rotated channels. */
  readonly pairs: number;
  readonly base: number;
}

/** The frequency of each plane and the factor on its rotated channels, in float64. Throws a RangeError for options that do not fit. */
export function ropeFrequencies(
  who: string,
  { pairs, base }: Planes,
  scaling: RopeScaling | undefined,
): { readonly frequencies: Float64Array; readonly magnitude: number } {
  const unscaled = (chosen: number) => geometricFrequencies({ pairs, base: chosen, denominator: pairs });
  if (scaling === undefined) return { frequencies: unscaled(base), magnitude: 1 };
  const { kind, factor } = scaling;
  if (!(factor >= 1)) throw invalid(who, "scaling.factor must be at least 1", factor);
  switch (kind) {
    case "linear":
      return { frequencies: unscaled(base).map((frequency) => frequency / factor), magnitude: 1 };
    case "ntk":
      if (pairs < 2) throw invalid(who, "ntk scaling needs at least 4 rotated channels", 2 * pairs);
      return { frequencies: unscaled(base * factor ** (pairs / (pairs - 1))), magnitude: 1 };
    case "yarn": {
      const frequencies = unscaled(base);
      const kept = keptPart(who, { pairs, base }, frequencies, scaling);
      return {
        frequencies: frequencies.map((frequency, c) => ((1 - kept(c)) * frequency) / factor + kept(c) * frequency),
        magnitude: scaling.magnitude ?? 0.1 * Math.log(factor) + 1,
      };
    }
  }
}

/** YaRN's gamma: the part of plane c's frequency that is kept, from 1 (fast planes) down to 0 (slow ones). */
function keptPart(
  who: string,
  { pairs, base }: Planes,
  frequencies: Float64Array,
  { originalLength, fast, slow, ramp }: YarnScaling,
): (c: number) => number {
  if (!(slow > 0 && fast > slow)) throw invalid(who, `scaling.fast must be above scaling.slow ${slow}`, fast);
  const turns = (c: number) => (originalLength * (frequencies[c] ?? 0)) / (2 * Math.PI);
  if (ramp === "rotations") return (c) => clamp((turns(c) - slow) / (fast - slow));
  /** The plane, as a real number, that makes this many turns over the original length. */
  const planeOf = (count: number) => (pairs * Math.log(originalLength / (2 * Math.PI * count))) / Math.log(base);
  const first = Math.max(Math.floor(planeOf(fast)), 0);
  // The bound is the last rotated channel, not the last plane: so it stands in the authors' code, and weights depend on it.
  const last = Math.min(Math.ceil(planeOf(slow)), 2 * pairs - 1);
  const width = last === first ? 0.001 : last - first;
  return (c) => 1 - clamp((c - first) / width);
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
