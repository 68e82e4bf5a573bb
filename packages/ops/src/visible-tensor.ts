import { cast, logicalAnd, logicalOr, reshape, tensor, type Tensor } from "@tensorflow/tfjs-core";
import type { AttentionInputs, AttentionOptions, AttentionSizes } from "./attention-call.ts";
import { headsDiffer } from "./reach.ts";
import { visibleMask } from "./visible-mask.ts";

/** Which pairs are visible, as a boolean tensor that broadcasts to [B,H,N,M]; undefined when all are. */
export function visibleTensor(
  { keyPadding }: Pick<AttentionInputs, "keyPadding">,
  options: AttentionOptions,
  sizes: AttentionSizes,
): Tensor | undefined {
  const seen = patternTensor(options, sizes);
  if (keyPadding === undefined) return seen;
  const real = cast(reshape(keyPadding, [sizes.batch, 1, 1, sizes.keys]), "bool");
  return seen === undefined ? real : logicalAnd(seen, real);
}

function patternTensor({ pattern, queryOffset, globals }: AttentionOptions, sizes: AttentionSizes): Tensor | undefined {
  const { queries, keys, batch } = sizes;
  if (pattern.window === undefined && pattern.sparse === undefined && !pattern.causal) return undefined;
  const heads = headsDiffer(pattern) ? sizes.heads : 1;
  const uniform =
    heads === 1 ? { ...pattern, ...(pattern.window && { window: uniformWindow(pattern.window) }) } : pattern;
  const mask = visibleMask(uniform, { heads, queries, keys, queryOffset });
  const seen = tensor(mask, [1, heads, queries, keys], "bool");
  if (globals === undefined || pattern.window === undefined) return seen;
  const global = tensor(globalMask(globals, batch, keys), [batch, 1, 1, keys], "bool");
  if (!pattern.causal) return logicalOr(seen, global);
  const past = visibleMask({ causal: true }, { heads: 1, queries, keys, queryOffset });
  return logicalOr(seen, logicalAnd(global, tensor(past, [1, 1, queries, keys], "bool")));
}

type Window = NonNullable<AttentionOptions["pattern"]["window"]>;

/** Equal dilations of all heads as one number, so that one head's mask serves all. */
function uniformWindow({ before, after, dilation }: Window): Window {
  return { before, after, dilation: typeof dilation === "number" ? dilation : (dilation[0] ?? 1) };
}

function globalMask(globals: readonly (readonly number[])[], batch: number, keys: number): Uint8Array {
  const mask = new Uint8Array(batch * keys);
  for (const [row, positions] of globals.entries()) for (const key of positions) mask[row * keys + key] = 1;
  return mask;
}
