import { abs, add, mul, reshape, sub, type Tensor, type Tensor2D, tensor2d, variable } from "@tensorflow/tfjs-core";
import { matMulHeads, repeatHeads, scope } from "@attention-lab/tensors";
import type { ScoreBias, Site } from "../contract.ts";
import { type Check, type Verdict, worst } from "./finding.ts";
import { compare, type Grid, gridOf, largestDifference, normalGrid, read, release, toTensor } from "./grid.ts";
import {
  attend,
  callOf,
  causally,
  type Inputs,
  inputsFor,
  oracleCall,
  sitesOf,
  type Subject,
  withBuilt,
} from "./subject.ts";

const length = 7;

/** The features that few variants support: score bias, relative tables, dropout, weights. */
export function extraChecks(subject: Subject): Check[] {
  const { supports } = subject.attention;
  const sites = sitesOf(subject);
  return [
    ...(supports.scoreBias === true ? sites.map((site) => scoreBias(subject, site)) : []),
    ...(supports.relativeContent === true ? sites.map((site) => relativeContent(subject, site)) : []),
    ...(supports.dropout === true ? [dropout(subject)] : []),
    ...(supports.weights === true ? sites.map((site) => weights(subject, site)) : []),
  ];
}

/** A bias with no symmetry: -0.2 (h + 1) |offset| + 0.1 offset. */
function biasAt(head: number, offset: number): number {
  return -0.2 * (head + 1) * Math.abs(offset) + 0.1 * offset;
}

function testBias(heads: number): ScoreBias {
  return {
    at(offsets: Tensor) {
      const row = reshape(offsets, [1, offsets.size]);
      const slopes = tensor2d(
        Array.from({ length: heads }, (_, h) => 0.2 * (h + 1)),
        [heads, 1],
      );
      return add(sub(mul(row, 0.1), mul(slopes, abs(row))), 0) as Tensor2D;
    },
  };
}

function scoreBias(subject: Subject, base: Site): Check {
  const site = { ...base, bias: testBias(base.heads) };
  return {
    name: `score bias, ${causally(site)}`,
    run: () =>
      withBuilt(subject, site, async (built) => {
        const lengths: (readonly [number, number])[] = [[length, length]];
        if (subject.attention.supports.crossAttention === true && !site.causal) lengths.push([5, 8]);
        const verdicts: Verdict[] = [];
        for (const [queries, keys] of lengths) {
          const inputs = inputsFor(site, queries, keys);
          const got = await attend(built, inputs);
          const want = subject.oracle?.(oracleCall(built, inputs, { bias: biasAt }));
          const what = `output, ${queries} over ${keys}`;
          verdicts.push(
            want === undefined
              ? await moves(subject, base, inputs, got, what)
              : compare(what, got, want, subject.output),
          );
        }
        return worst(verdicts);
      }),
  };
}

function relativeContent(subject: Subject, base: Site): Check {
  return {
    name: `relative tables, ${causally(base)}`,
    run: async () => {
      const clip = 2;
      const keyTable = normalGrid(61, [2 * clip + 1, base.headDim]);
      const valueTable = normalGrid(62, [2 * clip + 1, base.valueDim]);
      const [keys, values] = [keyTable, valueTable].map((grid) =>
        scope("testkit table", () => variable(toTensor(grid))),
      );
      if (keys === undefined || values === undefined) throw new Error("testkit: tables must be made, got none");
      try {
        return await withBuilt(subject, { ...base, relative: { clip, keys, values } }, async (built) => {
          const inputs = inputsFor(base, length);
          const relative = { clip, keys: keyTable, values: valueTable };
          const got = await attend(built, inputs);
          const want = subject.oracle?.(oracleCall(built, inputs, { relative }));
          return want === undefined
            ? moves(subject, base, inputs, got, "output")
            : compare("output", got, want, subject.output);
        });
      } finally {
        release([keys, values]);
      }
    },
  };
}

/** Without an oracle: a feature that is asked for changes what the plain site gives. */
function moves(subject: Subject, plain: Site, inputs: Inputs, got: Grid, what: string): Promise<Verdict> {
  return withBuilt(subject, plain, async (built) => {
    const change = largestDifference(got, await attend(built, inputs));
    return {
      ok: change > 1e-3,
      detail: `${what}: moved by ${change.toExponential(1)} (there is no oracle to compare with)`,
    };
  });
}

const draws = 200;

/** No dropout outside training; one mask per step; the mean over steps is the output without dropout. */
function dropout(subject: Subject): Check {
  const site = { ...subject.site, dropout: 0.4 };
  return {
    name: "dropout of weights",
    run: () =>
      withBuilt(subject, site, async (built) => {
        const inputs = inputsFor(site, 5);
        const plain = await attend(built, inputs);
        const want = subject.oracle?.(oracleCall(built, inputs)) ?? plain;
        const outside = compare("output outside training", plain, want, subject.output);
        const samples: Grid[] = [];
        for (let step = 0; step < draws; step++) samples.push(await attend(built, inputs, { training: true, step }));
        const [first, second] = samples as [Grid, Grid];
        const again = await attend(built, inputs, { training: true, step: 0 });
        return worst([
          outside,
          { ok: largestDifference(first, again) === 0, detail: "the same step draws the same mask" },
          { ok: largestDifference(first, second) > 1e-3, detail: "another step draws another mask" },
          meanIs(want, samples),
        ]);
      }),
  };
}

/** Six standard errors: a true mean fails about once in five hundred million elements. */
function meanIs(want: Grid, samples: readonly Grid[]): Verdict {
  const excess = gridOf(want.shape, (index) => {
    const values = samples.map((sample) => sample.values[index] ?? Number.NaN);
    const mean = values.reduce((total, value) => total + value, 0) / values.length;
    const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / (values.length - 1);
    return Math.abs(mean - (want.values[index] ?? 0)) - 6 * Math.sqrt(variance / values.length) - 1e-4;
  });
  const most = Math.max(...excess.values);
  return {
    ok: most <= 0,
    detail: `the mean over ${samples.length} steps is ${most > 0 ? "not " : ""}the output without dropout`,
  };
}

/** The matrix that is shown is the one that is used: weights times values give the output. */
function weights(subject: Subject, site: Site): Check {
  return {
    name: `weights times values give the output, ${causally(site)}`,
    run: () =>
      withBuilt(subject, site, async (built) => {
        const { weights: show } = built.mechanism;
        if (show === undefined) return { ok: false, detail: "weights are declared but the mechanism offers none" };
        const inputs = inputsFor(site, length);
        const [product] = await read("testkit weights", () => {
          const call = callOf(inputs);
          return [matMulHeads(show(call), repeatHeads(call.v, site.heads))];
        });
        if (product === undefined) return { ok: false, detail: "weights must return a tensor" };
        return compare("weights times values", product, await attend(built, inputs), subject.output);
      }),
  };
}
