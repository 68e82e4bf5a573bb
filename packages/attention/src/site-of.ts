import { deriveSeed, invalid, positiveInteger } from "@attention-lab/tensors";
import type { Site, Support } from "./contract.ts";
import type { MultiHeadAttentionOptions } from "./multi-head-options.ts";

/** The site that a multi-head layer offers its mechanism; throws one sentence for sizes that do not fit. */
export function siteOf<S extends Support>(options: MultiHeadAttentionOptions<S>): Site {
  const who = `multi-head attention ${options.name}`;
  const dModel = positiveInteger(who, "dModel", options.dModel);
  const heads = positiveInteger(who, "heads", options.heads);
  const keyValueHeads = positiveInteger(who, "keyValueHeads", options.keyValueHeads ?? heads);
  if (heads % keyValueHeads !== 0) throw invalid(who, `keyValueHeads must divide heads (${heads})`, keyValueHeads);
  if (options.headDim === undefined && dModel % heads !== 0) {
    throw invalid(who, `heads must divide dModel (${dModel}) unless headDim is given`, heads);
  }
  const headDim = positiveInteger(who, "headDim", options.headDim ?? dModel / heads);
  const dropout = options.dropout ?? 0;
  if (!(dropout >= 0 && dropout < 1)) throw invalid(who, "dropout must be at least 0 and below 1", dropout);
  const { bias, relative } = options.position ?? {};
  return {
    heads,
    keyValueHeads,
    headDim,
    valueDim: headDim,
    scale: options.scale ?? 1 / Math.sqrt(headDim),
    maxLength: positiveInteger(who, "maxLength", options.maxLength),
    causal: options.causal ?? false,
    dropout,
    ...(bias === undefined ? {} : { bias }),
    ...(relative === undefined ? {} : { relative }),
    dModel,
    seed: deriveSeed(options.seed, "attention"),
  };
}
