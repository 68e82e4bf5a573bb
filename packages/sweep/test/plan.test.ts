import { trialId } from "@attention-lab/results";
import { describe, expect, test } from "vitest";
import demo from "../../../experiments/demo.ts";
import { experimentRecord, plan } from "../src/index.ts";
import { cpuBackend, smallExperiment } from "./small.ts";

describe("plan", () => {
  test("holds every combination of the demo once", () => {
    const { trials, skipped } = plan(demo, [], cpuBackend);
    expect(trials).toHaveLength(5 * 6 * 2);
    expect(skipped).toEqual([]);
    expect(new Set(trials.map(({ id }) => id)).size).toBe(trials.length);
    for (const { id, config } of trials) expect(id).toBe(trialId(config));
  });

  test("skips what a variant refuses, with the variant's own sentence", () => {
    const { trials, skipped } = plan(smallExperiment(), ["causal=true"], cpuBackend);
    expect(skipped).toHaveLength(4);
    for (const { config, because } of skipped) {
      expect(config).toMatchObject({ variant: "linformer", causal: true });
      expect(because).toMatch(/linformer attention cannot honour "causal": .*future/);
    }
    expect(trials.map(({ config }) => config.variant)).not.toContain("linformer");
  });

  test("is a pure function: equal arguments give equal plans", () => {
    expect(plan(smallExperiment(), ["length=8"], cpuBackend)).toEqual(
      plan(smallExperiment(), ["length=8"], cpuBackend),
    );
  });

  test("gives another identity to whatever changes a figure", () => {
    const ids = (change: string[], backend = cpuBackend): string[] =>
      plan(smallExperiment(), ["variant=full", "length=8", "phase=step", ...change], backend).trials.map(
        ({ id }) => id,
      );
    const all = [
      ids([]),
      ids(["seed=1"]),
      ids(["repeats=3"]),
      ids(["causal=true"]),
      ids(["heads=1"]),
      ids([], { ...cpuBackend, threads: 2 }),
      ids([], { ...cpuBackend, engine: "wasm" }),
    ].flat();
    expect(new Set(all).size).toBe(7);
  });

  test("predicts more operations and bytes for a step than for a forward pass", () => {
    const { trials } = plan(smallExperiment(), ["variant=full", "length=16"], cpuBackend);
    const [forward, step] = trials;
    expect(step?.predicted.flops).toBe(3 * (forward?.predicted.flops ?? 0));
    expect(step?.predicted.peakBytes).toBeGreaterThan(forward?.predicted.peakBytes ?? Infinity);
  });

  test("becomes the record that a folder begins with", () => {
    const planned = plan(smallExperiment(), ["causal=true"], cpuBackend);
    const record = experimentRecord(planned, "abc");
    expect(record).toMatchObject({ schema: 1, name: "small", baseline: "full", commit: "abc" });
    expect(record.trials).toEqual(planned.trials.map(({ id }) => id));
    expect(record.skipped).toEqual(planned.skipped);
  });
});
