import { accept, type Cost, positiveCount, type Site } from "@attention-lab/attention";
import { readAttention, type ReadAttention } from "@attention-lab/catalog";
import { z } from "zod";

/** Parameters of programs that call one attention layer without its linear maps. */
export const layerShape = {
  /** The variant and its options: `{ name: "performer", features: 64, ... }`. */
  attention: z.looseObject({ name: z.string() }),
  length: positiveCount,
  batch: positiveCount.default(1),
  heads: positiveCount.default(1),
  headDim: positiveCount.default(64),
  causal: z.boolean().default(false),
};

export interface LayerShape {
  readonly attention: { readonly name: string; readonly [option: string]: unknown };
  readonly length: number;
  readonly batch: number;
  readonly heads: number;
  readonly headDim: number;
  readonly causal: boolean;
}

export function layerSite({ length, heads, headDim, causal }: LayerShape, seed: number): Site {
  const scale = 1 / Math.sqrt(headDim);
  const shape = { heads, keyValueHeads: heads, headDim, valueDim: headDim, maxLength: length };
  return { ...shape, scale, causal, dropout: 0, seed };
}

/** A plan asks the same parameters for a refusal, versions and a cost: their variant is read once. */
const known = new WeakMap<LayerShape, ReadAttention>();

function readShape(shape: LayerShape): ReadAttention {
  const read = known.get(shape) ?? readAttention(shape.attention);
  known.set(shape, read);
  return read;
}

/** The variant's own predicted cost of one call, or another's at the same shape; a RangeError where it refuses the shape. */
export function layerCost(shape: LayerShape, { attention } = readShape(shape)): Cost {
  const { batch, length } = shape;
  return attention.cost(layerSite(shape, 0), { batch, queries: length, keys: length });
}

/** The sentence with which a variant refuses a shape; undefined where it does not. */
export function refusal(shape: LayerShape): string | undefined {
  const { attention } = readShape(shape);
  try {
    if (shape.causal) accept(attention, ["causal"]);
    layerCost(shape);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** The declared version of the variant's mathematics. */
export function variantVersion(shape: LayerShape): Readonly<Record<string, number>> {
  const { variant } = readShape(shape);
  return { [variant.variant]: variant.version };
}
