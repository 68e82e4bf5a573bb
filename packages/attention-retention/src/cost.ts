import type { Cost, Lengths, Site } from "@attention-lab/attention";
import { chunksOf } from "./chunkwise.ts";

/** Multiply-adds of the matrix products alone; decays are a pass over what they multiply. */
export function parallelCost(site: Site, { batch, queries }: Lengths): Cost {
  const { heads, headDim, valueDim } = site;
  const matrix = batch * heads * queries * queries;
  return {
    flops: 2 * matrix * (headDim + valueDim),
    // Products, decays of every head, and the two multiplied.
    peakBytes: 4 * (repeated(site, batch, queries) + 2 * matrix + heads * queries * queries),
    parameters: 0,
    stateBytes: stateBytes(site, batch),
  };
}

/** Both ways when not causal: two sweeps. */
export function chunkwiseCost(site: Site, { batch, queries }: Lengths, chunk: number): Cost {
  const { heads, headDim, valueDim, causal } = site;
  const groups = batch * heads;
  const sizes = chunksOf(queries, chunk).map(({ size }) => size);
  const [first = 0, last = 0] = [sizes[0], sizes.at(-1)];
  const among = sizes.reduce((total, size) => total + size * size * (headDim + valueDim), 0);
  // The first chunk reads no state, the last one writes none.
  const across = (2 * queries - first - last) * headDim * valueDim;
  const sweeps = causal ? 1 : 2;
  const output = groups * queries * valueDim;
  const alone = sizes.length === 1;
  const products = 2 * first * first + (alone ? 2 : 4) * first * (headDim + valueDim);
  const working = groups * (products + (alone ? 0 : 4 * headDim * valueDim));
  // One sweep holds its finished rows and the work on a chunk, then the rows twice while they are put together.
  const most = Math.max(alone ? 0 : 2 * output, output - groups * first * valueDim + working);
  return {
    flops: 2 * sweeps * groups * (among + across),
    peakBytes: 4 * (repeated(site, batch, queries) + (sweeps - 1) * output + most + heads * first * first),
    parameters: 0,
    stateBytes: stateBytes(site, batch),
  };
}

/** Every head decays at its own rate, so heads that share keys keep states of their own. */
function stateBytes({ heads, headDim, valueDim }: Site, batch: number): number {
  return 4 * batch * heads * headDim * valueDim;
}

/** Elements of the copies of shared keys and values. */
function repeated({ heads, keyValueHeads, headDim, valueDim }: Site, batch: number, length: number): number {
  return heads === keyValueHeads ? 0 : batch * heads * length * (headDim + valueDim);
}
