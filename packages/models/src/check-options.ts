import { accept, type Attention, type Feature } from "@attention-lab/attention";
import { invalid, positiveInteger } from "@attention-lab/tensors";
import type { LayerOptions } from "./options.ts";

type Sizes = Pick<LayerOptions, "dModel" | "heads" | "headDim" | "feedForward" | "maxLength">;

/** Checks the sizes that no inner layer would name as well; `counts` are those of the model itself. */
export function checkSizes(who: string, options: Sizes, counts: Readonly<Record<string, number>>): void {
  const { dModel, heads, headDim, feedForward, maxLength } = options;
  for (const [name, value] of Object.entries({ dModel, heads, feedForward, maxLength, ...counts })) {
    positiveInteger(who, name, value);
  }
  if (headDim === undefined && dModel % heads !== 0) {
    throw invalid(who, `dModel ${dModel} must be a multiple of heads`, heads);
  }
}

/** Each layer's variant; one that cannot honour what the model needs is refused with its own sentence. */
export function attentionPerLayer(
  who: string,
  attention: Attention | readonly Attention[],
  { layers, needs }: { readonly layers: number; readonly needs: readonly Feature[] },
): readonly Attention[] {
  const list = isList(attention) ? attention : Array.from({ length: layers }, () => attention);
  if (list.length !== layers) {
    throw invalid(who, `a list of attentions must have one for each of the ${layers} layers`, list.length);
  }
  return list.map((variant) => accept(variant, needs));
}

export function isList(attention: Attention | readonly Attention[]): attention is readonly Attention[] {
  return Array.isArray(attention);
}
