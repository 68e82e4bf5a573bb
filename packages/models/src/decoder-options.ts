import { accept, type Attention } from "@attention-lab/attention";
import { invalid, positiveInteger } from "@attention-lab/tensors";
import type { DecoderOnlyOptions } from "./options.ts";

const who = "decoder-only transformer";

/** Checks the sizes that no inner layer would name as well. */
export function checkSizes({ vocabulary, dModel, heads, layers, feedForward, maxLength }: DecoderOnlyOptions): void {
  for (const [name, value] of Object.entries({ vocabulary, dModel, heads, layers, feedForward, maxLength })) {
    positiveInteger(who, name, value);
  }
  if (dModel % heads !== 0) throw invalid(who, `dModel ${dModel} must be a multiple of heads`, heads);
}

/** Each layer's variant; one that cannot be causal is refused with its own sentence. */
export function attentionPerLayer({ attention, layers }: DecoderOnlyOptions): readonly Attention[] {
  const list = Array.isArray(attention)
    ? (attention as readonly Attention[])
    : Array.from({ length: layers }, () => attention as Attention);
  if (list.length !== layers)
    throw invalid(who, `a list of attentions must have one for each of the ${layers} layers`, list.length);
  return list.map((variant) => accept(variant, ["causal"]));
}
