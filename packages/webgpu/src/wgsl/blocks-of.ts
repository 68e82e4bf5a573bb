import type { Arithmetic } from "../precision.ts";
import type { Blocks } from "./block.ts";
import { dotBlocks } from "./block-dot.ts";
import { matrixBlocks } from "./block-matrix.ts";

/** The code of products of blocks that an arithmetic asks for. */
export function blocksOf({ unit, precision }: Arithmetic): Blocks {
  return unit === undefined ? dotBlocks(precision) : matrixBlocks(unit);
}
