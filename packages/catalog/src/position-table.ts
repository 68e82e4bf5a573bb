import * as entries from "./positions.ts";

/** One position encoding's row of the list. */
export interface PositionRow {
  readonly position: string;
  readonly paper: string;
}

/** Every position encoding of the catalogue, as plain data; `attn list` prints it. */
export function positionTable(): PositionRow[] {
  return Object.values(entries).map(({ position, paper }) => ({ position, paper }));
}
