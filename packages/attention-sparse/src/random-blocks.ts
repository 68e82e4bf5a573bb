import { deriveSeed, uniformValues } from "@attention-lab/tensors";

interface RandomBlocks {
  readonly seed: number;
  /** Blocks to draw for each row of blocks; all where there are fewer. */
  readonly count: number;
  /** Blocks of the sequence; infinity where it may still grow: then a row draws from the blocks before it alone. */
  readonly blocks: number;
  /** Blocks that a row sees anyway: never drawn. */
  readonly seen: (row: number, column: number) => boolean;
}

/**
 * The blocks that one head draws for a row of blocks, without repetition (Fisher and Yates, stopped after `count`): a function of seed, head, row and the
 * blocks to draw from, made when it is first asked for.
 */
export function randomBlocks({
  seed,
  count,
  blocks,
  seen,
}: RandomBlocks): (head: number, row: number) => ReadonlySet<number> {
  const held = new Map<string, ReadonlySet<number>>();
  return (head, row) => {
    const name = `${head} ${row}`;
    const known = held.get(name);
    if (known !== undefined) return known;
    const end = Number.isFinite(blocks) ? blocks : row;
    const unseen = Array.from({ length: end }, (_, column) => column).filter((column) => !seen(row, column));
    const drawn = draw(deriveSeed(seed, "random blocks", head, row), count, unseen);
    held.set(name, drawn);
    return drawn;
  };
}

function draw(seed: number, count: number, candidates: number[]): ReadonlySet<number> {
  const taken = Math.min(count, candidates.length);
  const uniform = uniformValues(seed, taken);
  for (let place = 0; place < taken; place++) {
    const other = place + Math.floor((uniform[place] ?? 0) * (candidates.length - place));
    [candidates[place], candidates[other]] = [candidates[other] ?? 0, candidates[place] ?? 0];
  }
  return new Set(candidates.slice(0, taken));
}
