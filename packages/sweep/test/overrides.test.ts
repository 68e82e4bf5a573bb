import { describe, expect, test } from "vitest";
import { applyOverrides, overrideKeys } from "../src/index.ts";
import { smallExperiment } from "./small.ts";

const experiment = smallExperiment();

describe("applyOverrides", () => {
  test("changes what it names and nothing else", () => {
    const changed = applyOverrides(experiment, [
      "variant=identity,full",
      "length=512, 1024",
      "phase=step",
      "causal=true",
    ]);
    expect(changed.variants.map(({ name }) => name)).toEqual(["identity", "full"]);
    expect(changed).toMatchObject({ lengths: [512, 1024], phases: ["step"], causal: true });
    expect({ ...changed, variants: [], lengths: [], phases: [], causal: false }).toEqual({
      ...experiment,
      variants: [],
      lengths: [],
      phases: [],
    });
  });

  test("knows every scalar of an experiment", () => {
    const changed = applyOverrides(experiment, [
      "batch=2",
      "heads=3",
      "headDim=5",
      "warmups=0",
      "repeats=4",
      "seed=9",
      "timeLimitSeconds=1.5",
    ]);
    expect(changed).toMatchObject({
      batch: 2,
      heads: 3,
      headDim: 5,
      warmups: 0,
      repeats: 4,
      seed: 9,
      timeLimitSeconds: 1.5,
    });
  });

  test("takes ranges of lengths, and options of a variant", () => {
    expect(applyOverrides(experiment, ["length=8,2^5..2^7,32"]).lengths).toEqual([8, 32, 64, 128]);
    const { variants } = applyOverrides(experiment, ["linformer.rank=2,8", "linformer.sharing=headwise"]);
    expect(variants).toEqual([
      { name: "full" },
      { name: "linformer", rank: 2, sharing: "headwise" },
      { name: "linformer", rank: 8, sharing: "headwise" },
      { name: "identity" },
    ]);
    const twoRanks = { ...experiment, variants };
    expect(applyOverrides(twoRanks, ["linformer.rank=4"]).variants).toHaveLength(3);
  });

  const cases: [override: string, sentence: RegExp][] = [
    ["lenght=3", /key must be one of variant, length.*did you mean length\?.*got "lenght"/],
    ["length", /must have the form KEY=VALUE,VALUE.*got "length"/],
    ["=3", /must have the form KEY=VALUE/],
    ["length=", /without empty values/],
    ["length=1,,2", /without empty values/],
    ["length=0", /override length: must be a positive integer, got "0"/],
    ["length=1e3", /must be a positive integer, got "1e3"/],
    ["length=-1", /must be a positive integer/],
    ["length=2^7..2^5", /override length: a range must rise, got "2\^7..2\^5"/],
    ["length=0..3", /override length: must be a positive integer, got "0"/],
    ["linfomer.rank=3", /the variant before the point must be one of .*did you mean linformer\?.*got "linfomer"/],
    ["variant=linfomer", /value must be one of full, linformer, identity \(did you mean linformer\?\), got "linfomer"/],
    ["phase=backward", /one of forward, step.*got "backward"/],
    ["causal=yes", /one of true, false.*got "yes"/],
    ["repeats=1,2", /takes one value, got "1,2"/],
    ["timeLimitSeconds=0", /must be a positive number/],
    ["toString=1", /key must be one of/],
  ];
  test.each(cases)("refuses %s in one sentence", (override, sentence) => {
    expect(() => applyOverrides(experiment, [override])).toThrow(sentence);
    expect(() => applyOverrides(experiment, [override])).toThrow(RangeError);
  });

  test("refuses a key given twice", () => {
    expect(() => applyOverrides(experiment, ["seed=1", "seed=2"])).toThrow(/seed must be given once/);
    expect(overrideKeys).toContain("seed");
  });
});
