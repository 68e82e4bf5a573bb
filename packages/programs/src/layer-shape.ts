import { accept, positiveCount, type Site } from "@attention-lab/attention";
import { readAttention } from "@attention-lab/catalog";
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

/** The sentence with which a variant refuses a shape; undefined where it does not. */
export function refusal(shape: LayerShape): string | undefined {
  const { attention } = readAttention(shape.attention);
  try {
    if (shape.causal) accept(attention, ["causal"]);
    attention.cost(layerSite(shape, 0), { batch: shape.batch, queries: shape.length, keys: shape.length });
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** The declared version of the variant's mathematics. */
export function variantVersion({ attention }: LayerShape): Readonly<Record<string, number>> {
  const { variant } = readAttention(attention);
  return { [variant.variant]: variant.version };
}
