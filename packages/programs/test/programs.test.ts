import type { ProgramContext } from "@attention-lab/sweep";
import { memory, setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { approximationError, attentionCost, programs } from "../src/index.ts";

beforeAll(() => setBackend("cpu"));

const shape = { length: 64, headDim: 8 };
const performer = (features: number, orthogonal = true) => ({
  name: "performer",
  features,
  map: "positive",
  orthogonal,
});

interface Reported {
  readonly values: Readonly<Record<string, number>>;
  readonly x?: number;
}

async function run(program: typeof approximationError, raw: Readonly<Record<string, unknown>>, seed = 1) {
  const resolved = program.resolve(raw);
  if ("because" in resolved) throw new RangeError(resolved.because);
  const reported: Reported[] = [];
  const context: ProgramContext = {
    seed,
    report: (values, x) => void reported.push(x === undefined ? { values } : { values, x }),
    save() {},
    resume: undefined,
    directory: ".",
    signal: new AbortController().signal,
  };
  return { metrics: await program.run(resolved.parameters, context), reported };
}

test("full attention against itself has no error", async () => {
  const { metrics } = await run(approximationError, { attention: { name: "full" }, ...shape });
  expect(metrics["relativeError"]).toBeLessThan(1e-6);
});

test("Performer's squared error falls about like 1/features where attention is nearly even", async () => {
  const errorAt = async (features: number) =>
    (await run(approximationError, { attention: performer(features), ...shape, spread: 0.3, samples: 12 })).metrics[
      "meanSquaredError"
    ] ?? NaN;
  const [few, many] = [await errorAt(16), await errorAt(256)];
  expect(few / many).toBeGreaterThan(6);
  expect(few / many).toBeLessThan(40);
});

test("a seed gives the same errors, another seed others, and every sample is reported", async () => {
  const parameters = { attention: performer(16), ...shape, samples: 3 };
  const first = await run(approximationError, parameters);
  expect((await run(approximationError, parameters)).metrics).toEqual(first.metrics);
  expect((await run(approximationError, parameters, 2)).metrics).not.toEqual(first.metrics);
  expect(first.reported).toHaveLength(3);
  const mean = first.reported.reduce((sum, { values }) => sum + (values["relativeError"] ?? NaN), 0) / 3;
  expect(first.metrics["relativeError"]).toBeCloseTo(mean, 10);
});

test("it leaves no tensors behind", async () => {
  const parameters = { attention: performer(16), ...shape, samples: 2 };
  await run(approximationError, parameters);
  const before = memory().numTensors;
  await run(approximationError, parameters);
  expect(memory().numTensors).toBe(before);
});

test("attention-cost measures time and memory of one layer", async () => {
  const { metrics, reported } = await run(attentionCost, {
    attention: { name: "full" },
    ...shape,
    heads: 1,
    repeats: 2,
  });
  expect(metrics["peakBytes"]).toBeGreaterThan(0);
  expect(metrics["seconds"]).toBeGreaterThan(0);
  expect(metrics["secondsLow"]).toBeLessThanOrEqual(metrics["secondsHigh"] ?? 0);
  expect(reported.map(({ values }) => Object.keys(values))).toEqual([
    ["peakBytes", "residentBytes"],
    ["seconds"],
    ["seconds"],
  ]);
});

test("a combination that the variant refuses has the variant's sentence, and its version is part of the trial", () => {
  const linformer = { name: "linformer", rank: 8, sharing: "headwise" };
  for (const program of Object.values(programs)) {
    expect(program.resolve({ attention: linformer, ...shape, causal: true })).toEqual({
      because: expect.stringMatching(/^linformer attention cannot honour "causal"/) as string,
    });
    expect(program.resolve({ attention: linformer, ...shape })).toMatchObject({ versions: { linformer: 1 } });
    expect(() => program.resolve({ attention: { name: "linfomer" }, ...shape })).toThrow(/did you mean linformer/);
    expect(() => program.resolve({ attention: linformer, lenght: 3 })).toThrow(/did you mean "length"/);
  }
});

test("both declare what a trial takes, from the variant's own cost", () => {
  const cost = (program: typeof approximationError, raw: Readonly<Record<string, unknown>>) => {
    const resolved = program.resolve(raw);
    if ("because" in resolved || resolved.cost === undefined) throw new RangeError("a cost expected");
    return resolved.cost;
  };
  const of = (length: number, more = {}) =>
    cost(attentionCost, { attention: { name: "full" }, length, headDim: 8, ...more }).operations;
  expect(of(512) / of(256)).toBeCloseTo(4, 1);
  expect(of(256, { phase: "step" }) / of(256)).toBeCloseTo(3, 5);
  const repeated = (repeats: number) => of(256, { repeats, warmups: 0 });
  expect(repeated(5)).toBeGreaterThan(0);
  expect((repeated(20) - repeated(5)) / (repeated(10) - repeated(5))).toBeCloseTo(3, 9); // linear, beside what warms up
  const five = cost(approximationError, { ...shape, attention: performer(16) });
  const fifty = cost(approximationError, { ...shape, attention: performer(16), samples: 50 });
  expect(fifty.operations).toBe(10 * five.operations);
  expect(fifty.bytes).toBe(five.bytes);
});
