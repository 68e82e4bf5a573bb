import { memory, setBackend } from "@tensorflow/tfjs-core";
import type { Attention } from "@attention-lab/attention";
import { countByProfile, testAttention, type TestkitOptions } from "@attention-lab/attention/testkit";
import { beforeAll, expect, test } from "vitest";
import { faults, type NoticedFault } from "./faults.ts";
import { toy } from "./toy.ts";

beforeAll(async () => void (await setBackend("cpu")));

const counters: TestkitOptions = { count: countByProfile, costTolerance: { flops: 0.01 } };

test("the right toy passes every check and nothing stays alive", async () => {
  const before = memory().numTensors;
  const findings = await testAttention(toy(), counters);
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  expect(memory().numTensors).toBe(before);
});

test.each(Object.keys(faults))("a toy that %s is noticed", async (name) => {
  const { fault, noticed, oracle } = faults[name] as NoticedFault;
  const only = new RegExp(noticed.map((start) => `^${start}`).join("|"));
  const findings = await testAttention(toy(fault), {
    ...counters,
    width: 9,
    only,
    ...(oracle === undefined ? {} : { oracle }),
  });
  const failed = findings.filter(({ ok }) => !ok).map(({ check }) => check);
  for (const start of noticed)
    expect(
      failed.some((check) => check.startsWith(start)),
      `${start} (failed: ${failed.join("; ")})`,
    ).toBe(true);
});

test("declared peak bytes are held against the allocator's", async () => {
  const peaks = (bytes: number) => ({ reset: () => undefined, read: () => bytes });
  const exact = 4 * 2 * 2 * 64 * 64;
  const options = (factor: number): TestkitOptions => ({
    only: /peak bytes/,
    costLengths: [64],
    peakBytes: peaks(factor * exact),
  });
  const verdicts = async (factor: number) => (await testAttention(toy(), options(factor))).map(({ ok }) => ok);
  // The toy declares 3 matrices, 5 when causal.
  expect(await verdicts(3)).toEqual([true, false]);
  expect(await verdicts(5)).toEqual([false, true]);
});

test.each([
  "causal",
  "keyPadding",
  "crossAttention",
  "groupedQuery",
  "scoreBias",
  "dropout",
  "anyLength",
  "stepwise",
  "weights",
] as const)("a variant that refuses %s passes by refusing, and fails by not refusing", async (feature) => {
  const sentence = "a toy cannot";
  const honest = toy({
    supports: { [feature]: sentence },
    mechanism: ({ parameters, attend, weights, stepwise }) => ({
      parameters,
      attend,
      ...(feature === "weights" || weights === undefined ? {} : { weights }),
      ...(feature === "stepwise" || stepwise === undefined ? {} : { stepwise }),
    }),
  });
  const verdictOf = async (attention: Attention) =>
    (await testAttention(attention, { only: /^refuses/ })).find(({ check }) => check === `refuses ${feature}`);
  expect(await verdictOf(honest)).toMatchObject({
    ok: true,
    detail: `toy attention cannot honour "${feature}": ${sentence}`,
  });
  // A variant made by hand, without defineAttention's guard, does whatever it is asked.
  const right = toy();
  const dishonest: Attention = { ...right, supports: { ...right.supports, [feature]: sentence } };
  expect(await verdictOf(dishonest)).toMatchObject({ ok: false });
});

test("a variant without pattern and without oracle is refused", async () => {
  await expect(testAttention(toy({ noPattern: true }))).rejects.toThrow(
    "testkit: toy attention declares no pattern, so an oracle must be given, got none",
  );
});
