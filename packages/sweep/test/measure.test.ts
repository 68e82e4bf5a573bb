import { useBackend } from "@attention-lab/backends";
import { countLeaksAsync } from "@attention-lab/tensors";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { makeInputs } from "../src/inputs.ts";
import { Timer, weigh } from "../src/measure.ts";
import { buildMechanism, finish, measuredCall } from "../src/measured-call.ts";
import { plan, type PlannedTrial } from "../src/plan.ts";
import { cpuBackend, smallExperiment } from "./small.ts";

const variants = ["full", "performer", "longformer", "linformer", "identity"].map((name) => ({
  name,
  ...options(name),
}));
const trials = plan(smallExperiment({ variants }), ["length=16"], cpuBackend).trials;
const named = trials.map((trial): [string, PlannedTrial] => [`${trial.config.variant} ${trial.config.phase}`, trial]);

function options(name: string): Record<string, unknown> {
  if (name === "performer") return { features: 8, map: "positive", orthogonal: true };
  if (name === "longformer") return { before: 2, after: 2 };
  return name === "linformer" ? { rank: 4, sharing: "none" } : {};
}

describe("measuring", () => {
  beforeAll(async () => void (await useBackend("cpu")));

  test.each(named)("%s computes real outputs and leaks nothing", async (_, { config }) => {
    const inputs = makeInputs(config);
    const mechanism = buildMechanism(config);
    const call = measuredCall(config, mechanism, inputs);
    const outputs = call.run();
    const parameters = Object.values(mechanism.parameters).filter(({ trainable }) => trainable).length;
    expect(outputs).toHaveLength(config.phase === "forward" ? 1 : 3 + parameters);
    for (const output of outputs.slice(0, 3)) expect(output.shape).toEqual([1, 2, 16, 4]);
    expect(outputs.every((output) => output.dataSync().every(Number.isFinite))).toBe(true);
    await finish(outputs, inputs);
    expect(await countLeaksAsync(async () => finish(call.run(), inputs))).toBe(0);
    expect(inputs.q.isDisposed || inputs.cotangent.isDisposed).toBe(false);
  });

  test.each(named)("%s is timed over as many calls as make a measurable time", async (_, { config }) => {
    const timer = new Timer();
    const first = await timer.time(config, undefined);
    const held = memory().numTensors;
    const second = await timer.time(config, first.inner);
    expect(memory().numTensors).toBe(held);
    expect(first.seconds).toBeGreaterThan(0);
    expect(first.inner).toBeGreaterThanOrEqual(1);
    expect(second.inner).toBe(first.inner);
  });

  test.each(named)("%s is weighed: live bytes above the inputs, and resident memory", async (_, { config }) => {
    const { peakBytes, residentBytes } = await weigh(config);
    const output = 4 * 2 * 16 * 4;
    // A forward pass holds its output; a step holds the gradients of q, k and v.
    expect(peakBytes).toBeGreaterThanOrEqual(config.phase === "forward" ? output : 3 * output);
    expect(Number.isInteger(peakBytes)).toBe(true);
    expect(residentBytes).toBeGreaterThan(2 ** 25);
  });
});
