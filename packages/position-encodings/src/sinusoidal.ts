import { parseOptions, type UnscoredPosition } from "@attention-lab/attention";
import { positiveInteger, scope } from "@attention-lab/tensors";
import { add, tensor2d, type Tensor3D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { angles, geometricFrequencies } from "./frequencies.ts";
import { checkRange } from "./position-range.ts";
import { definePosition, type PositionSite } from "./position-variant.ts";

/**
 * - `interleaved`, the paper's: PE[p, 2c] = sin(p 10000^(-2c/d)), PE[p, 2c+1] = cos of the same angle.
 * - `half` (Marian): the same numbers, sines in the first half of the channels and cosines in the second.
 * - `tensor2tensor` (also fairseq, M2M): halves whose frequency is 10000^(-c/(d/2 - 1)), so that the last is exactly
 *   1/10000; with an odd d the last channel is 0.
 */
const layouts = ["interleaved", "half", "tensor2tensor"] as const;
export type SinusoidalLayout = (typeof layouts)[number];

const schema = z.strictObject({ layout: z.enum(layouts).default("interleaved") });
export interface SinusoidalOptions {
  readonly layout: SinusoidalLayout;
}

const who = "sinusoidal position";

/** The table [maxLength, width] of a layout, row-major. */
export function sinusoidalTable(layout: SinusoidalLayout, maxLength: number, width: number): Float32Array {
  const pairs = Math.floor(width / 2);
  if (width % 2 === 1 && layout !== "tensor2tensor") {
    throw new RangeError(`${who}: dModel must be even in the ${layout} layout, got ${width}`);
  }
  if (layout === "tensor2tensor" && pairs < 2) {
    throw new RangeError(`${who}: dModel must be at least 4 in the tensor2tensor layout, got ${width}`);
  }
  const denominator = layout === "tensor2tensor" ? pairs - 1 : pairs;
  const angle = angles(maxLength, geometricFrequencies({ pairs, base: 10000, denominator }));
  const table = new Float32Array(maxLength * width);
  for (let position = 0; position < maxLength; position++) {
    for (let pair = 0; pair < pairs; pair++) {
      const theta = angle[position * pairs + pair] ?? 0;
      const [sine, cosine] = layout === "interleaved" ? [2 * pair, 2 * pair + 1] : [pair, pairs + pair];
      table[position * width + sine] = Math.sin(theta);
      table[position * width + cosine] = Math.cos(theta);
    }
  }
  return table;
}

/** Fixed sines and cosines added to the token embeddings (Vaswani et al. 2017, section 3.5). No parameters. */
export const sinusoidal = definePosition({
  name: "sinusoidal",
  paper: "Vaswani et al., Attention Is All You Need, 2017, section 3.5",
  parse: (raw: unknown): SinusoidalOptions => parseOptions(who, schema, raw),
  build({ layout }: SinusoidalOptions, { dModel, maxLength }: PositionSite): UnscoredPosition {
    positiveInteger(who, "dModel", dModel);
    positiveInteger(who, "maxLength", maxLength);
    const table = sinusoidalTable(layout, maxLength, dModel);
    return {
      name: "sinusoidal",
      parameters: {},
      embed(x: Tensor3D, start: number): Tensor3D {
        const [, length] = x.shape; // [B,N,dModel]
        checkRange(who, start, length, maxLength);
        const rows = table.subarray(start * dModel, (start + length) * dModel);
        return scope("sinusoidal", () => add(x, tensor2d(rows, [length, dModel])));
      },
    };
  },
});
