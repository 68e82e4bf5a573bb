import { visible } from "@attention-lab/ops";
import type { Site } from "../contract.ts";
import { type Check, type Verdict, worst } from "./finding.ts";
import { at, type Grid, normalGrid } from "./grid.ts";
import { attend, type Inputs, inputsFor, type Subject, withBuilt } from "./subject.ts";

const length = 9;
const scales = [1, 3, 10] as const;
/** A change above this in an earlier row is a leak; a change below it in a later row is no influence. */
const noise = 1e-5;
/** Share of visible (query, key) pairs that may be too weak to show: kernels with zeros (ReLU features) have some. */
const weakPairs = 0.1;

/** No output of a causal variant depends on the future, and its outputs do depend on the past that it declares visible. */
export function causalityChecks(subject: Subject): Check[] {
  if (subject.attention.supports.causal !== true) return [];
  const site = { ...subject.site, causal: true };
  return scales.flatMap((scale) => [
    {
      name: `no future leak, changes scaled ${scale}x`,
      run: async () =>
        leaks(await movesOf(subject, site, (inputs, j) => withQuery(changedAt(inputs, j, scale), j, scale))),
    },
    {
      name: `past influence, changes scaled ${scale}x`,
      run: async () =>
        influences(subject, site, await movesOf(subject, site, (inputs, j) => changedAt(inputs, j, scale))),
    },
  ]);
}

/** moved[j][i]: how much output row i changes when position j changes. */
type Moves = readonly (readonly number[])[];

function movesOf(subject: Subject, site: Site, change: (inputs: Inputs, j: number) => Inputs): Promise<Moves> {
  return withBuilt(subject, site, async (built) => {
    const inputs = inputsFor(site, length);
    const before = await attend(built, inputs);
    const moved: number[][] = [];
    for (let j = 0; j < length; j++) moved.push(rowChanges(before, await attend(built, change(inputs, j))));
    return moved;
  });
}

function leaks(moved: Moves): Verdict {
  return worst(
    moved.flatMap((rows, j) =>
      rows.slice(0, j).map((change, i) => ({
        ok: change <= noise,
        detail: `output ${i} moved by ${change.toExponential(1)} when position ${j} changed`,
      })),
    ),
  );
}

function influences({ attention }: Subject, site: Site, moved: Moves): Verdict {
  const pattern = attention.pattern?.(site, length) ?? { causal: true };
  let pairs = 0;
  const still: string[] = [];
  for (const [key, rows] of moved.entries()) {
    for (const [query, change] of rows.entries()) {
      if (!visible(pattern, { head: 0, query, key, queryOffset: 0 })) continue;
      pairs++;
      // NaN is no influence either.
      if (!(change > noise)) still.push(`${query}<-${key}`);
    }
  }
  return {
    ok: still.length <= weakPairs * pairs,
    detail: `${still.length} of ${pairs} visible pairs (query<-key) show no influence${still.length === 0 ? "" : `: ${still.slice(0, 5).join(" ")}`}`,
  };
}

/** Position j of keys, values and the layer's input moved by normal noise of the given scale. */
function changedAt(inputs: Inputs, j: number, scale: number): Inputs {
  const { k, v, input } = inputs;
  return { ...inputs, k: moved(k, 2, j, scale), v: moved(v, 2, j, scale), input: moved(input, 1, j, scale) };
}

/** The query of position j moved too: no other row may notice. */
function withQuery(inputs: Inputs, j: number, scale: number): Inputs {
  return { ...inputs, q: moved(inputs.q, 2, j, scale) };
}

function moved(grid: Grid, axis: number, j: number, scale: number): Grid {
  const nudges = normalGrid(50 + grid.values.length, grid.shape);
  const inner = grid.shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const values = grid.values.map((value, index) =>
    Math.floor(index / inner) % length === j ? value + scale * (nudges.values[index] ?? 0) : value,
  );
  return { shape: grid.shape, values };
}

/** Largest change of each output row, over batch, heads and channels. */
function rowChanges(before: Grid, after: Grid): number[] {
  const [rows = 0, heads = 0, queries = 0, width = 0] = before.shape;
  return Array.from({ length: queries }, (_, i) => {
    let most = 0;
    for (let b = 0; b < rows; b++) {
      for (let h = 0; h < heads; h++) {
        for (let d = 0; d < width; d++) {
          const change = Math.abs(at(after, b, h, i, d) - at(before, b, h, i, d));
          if (Number.isNaN(change)) return Number.NaN;
          most = Math.max(most, change);
        }
      }
    }
    return most;
  });
}
