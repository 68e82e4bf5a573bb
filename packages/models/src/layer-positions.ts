import type { Position } from "@attention-lab/attention";
import { named, type Parameters } from "@attention-lab/nn";
import { deriveSeed } from "@attention-lab/tensors";
import type { LayerOptions, PositionEncoding } from "./options.ts";

/** The position encoding of a stack of blocks. */
export interface LayerPositions {
  /** The one that acts on embeddings, before the first block. */
  readonly embed: Position | undefined;
  /** Each block's own, or the one that they share. */
  readonly blocks: readonly (Position | undefined)[];
  /** `weight` and so on; `0.keys` and so on where every layer has its own. */
  readonly parameters: Parameters;
}

/** Builds the encoding once, or once for each layer where it says so. Absent: no layer has one. */
export function layerPositions(
  encoding: PositionEncoding | undefined,
  { dModel, heads, headDim = dModel / heads, maxLength, seed }: LayerOptions,
  layers: number,
): LayerPositions {
  const blocks = Array.from({ length: layers });
  if (encoding === undefined) return { embed: undefined, blocks: blocks.map(() => undefined), parameters: {} };
  const site = { dModel, heads, headDim, maxLength };
  if (encoding.perLayer === true) {
    const own = blocks.map((_, layer) => encoding.build({ ...site, seed: deriveSeed(seed, "position", layer) }));
    const parameters = own.map((position, layer) => named(String(layer), position.parameters));
    return { embed: undefined, blocks: own, parameters: Object.assign({}, ...parameters) as Parameters };
  }
  const shared = encoding.build({ ...site, seed: deriveSeed(seed, "position") });
  return { embed: shared, blocks: blocks.map(() => shared), parameters: shared.parameters };
}
