import { positiveCount } from "@attention-lab/attention";
import { readAttention } from "@attention-lab/catalog";
import { medianAndQuartiles } from "@attention-lab/results/store";
import { defineProgram, measuredCost, stepCost, Timer, weigh } from "@attention-lab/sweep";
import { z } from "zod";
import { layerCost, layerShape, refusal, variantVersion } from "./layer-shape.ts";

const schema = z.strictObject({
  ...layerShape,
  heads: positiveCount.default(4),
  phase: z.enum(["forward", "step"]).default("forward"),
  warmups: z.int().nonnegative().default(1),
  repeats: positiveCount.default(5),
});

/**
 * One trial of a cost experiment away from home: memory of the first call, then the repeats, in a process of its own. Ratios of such times are less
 * certain than those of an experiment whose repeats one process interleaves, since a slow minute may fall on one trial alone.
 *
 * Metrics: `seconds` (median), `secondsLow`, `secondsHigh` (quartiles), `peakBytes`, `residentBytes`.
 */
export const attentionCost = defineProgram({
  name: "attention-cost",
  version: 1,
  parameters: schema,
  refuse: refusal,
  versions: variantVersion,
  cost(parameters) {
    const forward = layerCost(parameters);
    return measuredCost(parameters.phase === "forward" ? forward : stepCost(forward, parameters), parameters);
  },
  async run({ attention, ...shape }, { seed, report }) {
    const { variant, options } = readAttention(attention);
    // The measuring code knows trials of an experiment; where a trial runs is the environment's record here, not its identity.
    const here = { backend: "here", engine: "here", threads: 1, precision: "float32" } as const;
    const config = { ...shape, ...here, variant: variant.variant, version: variant.version, options, seed };
    const { peakBytes, residentBytes } = await weigh(config);
    report({ peakBytes, residentBytes });
    const timer = new Timer();
    const samples: number[] = [];
    let inner: number | undefined;
    for (let repeat = 0; repeat < config.repeats; repeat++) {
      const timed = await timer.time(config, inner);
      inner = timed.inner;
      samples.push(timed.seconds);
      report({ seconds: timed.seconds });
    }
    const { value, low, high } = medianAndQuartiles(samples);
    return { seconds: value, secondsLow: low, secondsHigh: high, peakBytes, residentBytes };
  },
});
