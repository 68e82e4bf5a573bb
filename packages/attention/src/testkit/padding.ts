import { type Check, type Verdict, worst } from "./finding.ts";
import { paddingOf } from "./gradients.ts";
import { compare, type Grid, gridOf, sliceGrid } from "./grid.ts";
import {
  attend,
  batch,
  causally,
  type Inputs,
  inputsFor,
  oracleCall,
  sitesOf,
  type Subject,
  withBuilt,
} from "./subject.ts";

const length = 8;
const real = [8, 5] as const;

/** Padding keys have no say: whatever they hold, as if they were not there, and a row of padding alone gives zeros. */
export function paddingChecks(subject: Subject): Check[] {
  const { attention, oracle, output } = subject;
  if (attention.supports.keyPadding !== true) return [];
  return sitesOf(subject).flatMap((site) => {
    const inputs = { ...inputsFor(site, length), keyPadding: paddingOf(real, length) };
    const which = causally(site);
    const equality = {
      name: `padding, ${which}: equals the oracle`,
      run: () =>
        withBuilt(subject, site, async (built) => {
          const want = oracle?.(oracleCall(built, inputs));
          return want === undefined
            ? { ok: false, detail: "there is no oracle" }
            : compare("output", await attend(built, inputs), want, output);
        }),
    };
    return [
      ...(oracle === undefined ? [] : [equality]),
      {
        name: `padding, ${which}: its contents do not matter`,
        run: () =>
          withBuilt(subject, site, async (built) => {
            const clean = await attend(built, inputs);
            const verdicts: Verdict[] = [];
            for (const scale of [0, 3, 1000])
              verdicts.push(
                compare(`contents times ${scale}`, await attend(built, soiled(inputs, scale)), clean, output),
              );
            return worst(verdicts);
          }),
      },
      {
        name: `padding, ${which}: equals the sequence without it`,
        run: () =>
          withBuilt(subject, site, async (built) => {
            const rows = real[1];
            const padded = sliceGrid(await attend(built, inputs), 2, 0, rows);
            const trimmed = await attend(built, trimmedTo(inputsFor(site, length), rows));
            // Row 1 of the batch is the one with padding.
            return compare("output", sliceGrid(padded, 0, 1, 1), sliceGrid(trimmed, 0, 1, 1), output);
          }),
      },
      {
        name: `padding, ${which}: a row of padding alone gives zeros`,
        run: () =>
          withBuilt(subject, site, async (built) => {
            const got = await attend(built, { ...inputs, keyPadding: paddingOf([length, 0], length) });
            const empty = sliceGrid(got, 0, 1, 1);
            return compare(
              "output",
              empty,
              gridOf(empty.shape, () => 0),
              output,
            );
          }),
      },
    ];
  });
}

/** Keys and values at padding replaced by their `scale`-fold. */
function soiled(inputs: Inputs, scale: number): Inputs {
  const soil = (grid: Grid): Grid => {
    const [, heads = 0, keys = 0, width = 0] = grid.shape;
    const values = grid.values.map((value, index) => {
      const key = Math.floor(index / width) % keys;
      const row = Math.floor(index / (width * keys * heads));
      return key < (real[row] ?? batch) ? value : scale * value;
    });
    return { shape: grid.shape, values };
  };
  return { ...inputs, k: soil(inputs.k), v: soil(inputs.v) };
}

function trimmedTo(inputs: Inputs, rows: number): Inputs {
  return {
    q: sliceGrid(inputs.q, 2, 0, rows),
    k: sliceGrid(inputs.k, 2, 0, rows),
    v: sliceGrid(inputs.v, 2, 0, rows),
    input: sliceGrid(inputs.input, 1, 0, rows),
    queryOffset: 0,
  };
}
