import { describe, expect, test } from "vitest";
import demo from "../../../experiments/demo.ts";
import { defineExperiment, parseExperiment } from "../src/index.ts";
import { smallExperiment } from "./small.ts";

describe("parseExperiment", () => {
  test("fills in defaults, also those of options", () => {
    const experiment = smallExperiment();
    expect(experiment).toMatchObject({ batch: 1, causal: false, warmups: 1, seed: 0, timeLimitSeconds: 120 });
    expect(experiment.variants[0]).toEqual({ name: "full" });
  });

  test("reads what it wrote", () => {
    expect(parseExperiment(JSON.parse(JSON.stringify(demo)))).toEqual(demo);
  });

  test("takes lengths as a range", () => {
    expect(smallExperiment({ lengths: "2^3..2^6" }).lengths).toEqual([8, 16, 32, 64]);
    expect(() => smallExperiment({ lengths: "0..2" })).toThrow(/experiment: lengths.0 .*got 0/);
    expect(() => smallExperiment({ lengths: "8..x" })).toThrow("experiment: lengths: a range must have the form");
  });

  const cases: [change: Record<string, unknown>, sentence: RegExp][] = [
    [{ lenghts: [1] }, /lengths.*did you mean lengths\?.*got "lenghts"/],
    [{ lenghts: [1], lengths: undefined }, /lengths.*did you mean lengths\?.*got "lenghts"/],
    [{ lengths: [0] }, /experiment: lengths.*got 0/],
    [{ lengths: [1.5] }, /experiment: lengths.*got 1.5/],
    [{ lengths: [] }, /experiment: lengths/],
    [{ lengths: [8, 8] }, /lengths must not repeat an entry, got 8/],
    [{ phases: ["foward"] }, /phases.*forward or step.*got "foward"/],
    [{ repeats: 0 }, /repeats.*got 0/],
    [{ baseline: "ful" }, /baseline must be one of full, linformer, identity \(did you mean full\?\), got "ful"/],
    [{ variants: [{ name: "perfomer" }] }, /did you mean performer\?/],
    [{ variants: [{ name: "linformer", rank: 4, sharing: "none", rnak: 4 }] }, /linformer.*rank.*got "rnak"/],
    [{ variants: [{ name: "full" }, { name: "full" }] }, /variants must not repeat an entry, got .*full/],
    [{ heads: undefined }, /heads/],
  ];
  test.each(cases)("refuses %j in one sentence", (change, sentence) => {
    expect(() => smallExperiment(change)).toThrow(sentence);
    expect(() => smallExperiment(change)).toThrow(RangeError);
    expect(() => smallExperiment(change)).not.toThrow(/\n/);
  });

  test.each([null, 3, "demo", []])("refuses %j, which is no experiment", (raw) => {
    expect(() => parseExperiment(raw)).toThrow(/experiment: must be an object with name/);
  });
});

test("defineExperiment types the options of every variant", () => {
  const shape = {
    name: "x",
    question: "?",
    baseline: "full",
    lengths: [8],
    phases: ["step"],
    heads: 1,
    headDim: 4,
  } as const;
  const unknownOption = () =>
    defineExperiment({
      ...shape,
      // @ts-expect-error longformer has no such option
      variants: [{ name: "longformer", before: 4, after: 4, window: 8 }],
    });
  const unknownVariant = () =>
    defineExperiment({
      ...shape,
      // @ts-expect-error there is no such variant
      variants: [{ name: "perfomer" }],
    });
  expect(unknownOption).toThrow(RangeError);
  expect(unknownVariant).toThrow(RangeError);
});

test("a precision says how well medians are to be known, as a share", () => {
  expect(smallExperiment({ precision: { relativeHalfWidth: 0.03 } }).precision).toEqual({
    relativeHalfWidth: 0.03,
    mostRepeats: 50,
  });
  expect(() => smallExperiment({ precision: { relativeHalfWidth: 3 } })).toThrow(/precision.*got/s);
  expect(() => smallExperiment({ precision: { relativeHalfWidth: 0.03, budget: 60 } })).toThrow(/precision|budget/);
});
