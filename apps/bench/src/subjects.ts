import type { Attention, Site } from "@attention-lab/attention";
import { exampleOptions, readVariant, variantsByName } from "@attention-lab/catalog";
import { attentionShape } from "./contestant.ts";

/** A variant of the catalogue with the options that it is benched with. */
export interface Subject {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly attention: Attention;
}

/** Full attention is only asked for lengths where it answers soon; what declares more than it does there is not asked either. */
const longestFull = 8192;
const mostBytes = 2 ** 30;

/** Every variant of the catalogue that can be made without a user's choices (a block-sparse layout is one). */
export function subjects(): Subject[] {
  return Object.entries(variantsByName).flatMap(([name, variant]) => {
    try {
      const { options, attention } = readVariant(variant, exampleOptions(name, "usual"));
      return [{ name, options, attention }];
    } catch (error) {
      if (error instanceof RangeError) return [];
      throw error;
    }
  });
}

/** Whether the variant's own declaration promises an answer in the time and memory of a bench. */
export function affordable({ attention }: Subject, length: number): boolean {
  const { batch, heads, headDim } = attentionShape;
  const most = 4 * batch * heads * headDim * longestFull ** 2;
  const { flops, peakBytes } = declaredCost(attention, length);
  return flops <= most && peakBytes <= mostBytes;
}

export function declaredCost(attention: Attention, length: number) {
  return attention.cost(siteAt(length), { batch: attentionShape.batch, queries: length, keys: length });
}

export function siteAt(length: number): Site {
  const { heads, headDim } = attentionShape;
  return {
    heads,
    keyValueHeads: heads,
    headDim,
    valueDim: headDim,
    scale: headDim ** -0.5,
    maxLength: length,
    causal: false,
    dropout: 0,
    seed: 1,
  };
}
