import { expect, test } from "vitest";
import { noam, warmupConstant, warmupCosine, warmupInverseSqrt, warmupLinear } from "@attention-lab/training";
import { goldenCase } from "./golden.ts";

test("the four warm-up schedules equal Hugging Face's", () => {
  const { expected } = goldenCase("hf_schedules");
  const [base, warmup, total] = [1e-3, 10, 40];
  const ours = {
    constant: warmupConstant({ base, warmup }),
    cosine: warmupCosine({ base, warmup, total }),
    linear: warmupLinear({ base, warmup, total }),
    inverse_sqrt: warmupInverseSqrt({ base, warmup, timescale: 10 }),
  };
  for (const [name, schedule] of Object.entries(ours)) {
    for (const [step, rate] of expected(name).entries()) expect(schedule(step)).toBeCloseTo(rate, 8);
  }
});

test("Noam's schedule equals the published formula, counting from 1", () => {
  const { expected } = goldenCase("noam");
  for (const [name, dModel, warmup] of [
    ["d512_warmup4000", 512, 4000],
    ["d64_warmup10", 64, 10],
    ["d16_warmup25", 16, 25],
  ] as const) {
    const schedule = noam({ dModel, warmup });
    for (const [i, rate] of expected(name).entries()) expect(schedule(i + 1)).toBeCloseTo(rate, 8);
  }
});

test("impossible options are one sentence", () => {
  expect(() => warmupCosine({ base: 1, warmup: 10, total: 10 })).toThrow(
    "warmupCosine: total must exceed warmup = 10, got 10",
  );
  expect(() => warmupConstant({ base: -1, warmup: 10 })).toThrow("base must be a positive number, got -1");
  expect(() => noam({ dModel: 0, warmup: 10 })).toThrow("dModel must be a positive integer, got 0");
});
