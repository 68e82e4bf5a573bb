import { assert, array, constantFrom, integer, property, record, uniqueArray } from "fast-check";
import { describe, expect, test } from "vitest";
import { applyStudyOverrides } from "../../src/study-overrides.ts";
import { parseStudy, type StudySpec } from "../../src/study.ts";
import { planStudy } from "../../src/study-plan.ts";
import { asha, random } from "../../src/sampler.ts";
import toy from "./toy-program.ts";
import { toyPlan } from "./toy-study.ts";
import { valueOf } from "../../src/value-words.ts";

const parametersOf = (parameters: StudySpec["parameters"], more: Partial<StudySpec> = {}) =>
  toyPlan(parameters, more).trials.map(({ config }) => config.parameters);

describe("grid", () => {
  test("has every combination once, whatever the lists", () => {
    const lists = record({
      steps: uniqueArray(integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
      group: uniqueArray(constantFrom("a", "b", "c", "d"), { minLength: 1 }),
      seeds: uniqueArray(integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 4 }),
    });
    assert(
      property(lists, ({ steps, group, seeds }) => {
        const { trials } = toyPlan({ steps, group }, { seeds });
        expect(new Set(trials.map(({ id }) => id)).size).toBe(steps.length * group.length * seeds.length);
        expect(trials).toHaveLength(steps.length * group.length * seeds.length);
      }),
    );
  });

  test("ids depend on content and not on order, spelling of defaults or other trials", () => {
    const ids = (parameters: StudySpec["parameters"]) => toyPlan(parameters).trials.map(({ id }) => id);
    expect(ids({ group: "a", steps: 6 })).toEqual(ids({ steps: 6 }));
    expect(ids({ steps: [6, 7], group: "b" }).toSorted()).toEqual(ids({ group: "b", steps: [7, 6] }).toSorted());
  });

  test("conditions leave a parameter out, and what then is equal is one trial", () => {
    const points = parametersOf({
      group: ["a", "b"],
      steps: { values: [1, 2, 3], when: { group: "a" } },
      milliseconds: { values: [5, 9], when: { steps: [2, 3] } },
    });
    expect(points.map(({ group, steps, milliseconds }) => [group, steps, milliseconds])).toEqual([
      ["a", 1, 20],
      ["a", 2, 5],
      ["a", 2, 9],
      ["a", 3, 5],
      ["a", 3, 9],
      ["b", 6, 20],
    ]);
  });

  test("zipped parameters advance together", () => {
    const points = parametersOf(
      { steps: [1, 2], group: ["a", "b"], milliseconds: [3, 4] },
      { zip: [["steps", "group"]] },
    );
    expect(points.map(({ steps, group, milliseconds }) => [steps, group, milliseconds])).toEqual([
      [1, "a", 3],
      [1, "a", 4],
      [2, "b", 3],
      [2, "b", 4],
    ]);
  });

  test("a refused combination is skipped with the program's sentence; when all are, that is an error", () => {
    const { trials, skipped } = toyPlan({ group: ["a", "refused"] });
    expect(trials).toHaveLength(1);
    expect(skipped).toEqual([{ config: { group: "refused" }, because: "toy: group refused is refused" }]);
    expect(() => toyPlan({ group: "refused" })).toThrow("study toy: no trial is left, the program refuses all 1");
  });

  test("100,000 trials are planned in seconds", () => {
    const { trials } = toyPlan({ steps: "1..1000", milliseconds: "1..100" });
    expect(new Set(trials.map(({ id }) => id)).size).toBe(100_000);
  });
});

describe("random", () => {
  const space = { steps: "1..1000", milliseconds: "1e-3..10 by log 5", group: ["a", "b"] } as const;

  test("a seed draws the same points, and more of them begin alike", () => {
    const ten = parametersOf(space, { sampler: random(10, 3) });
    expect(parametersOf(space, { sampler: random(10, 3) })).toEqual(ten);
    expect(parametersOf(space, { sampler: random(25, 3) }).slice(0, 10)).toEqual(ten);
    expect(parametersOf(space, { sampler: random(10, 4) })).not.toEqual(ten);
  });

  test("draws lie in their ranges and are spread as those say", () => {
    const points = parametersOf(space, { sampler: random(400, 1) }) as { steps: number; milliseconds: number }[];
    expect(points.every(({ steps }) => Number.isInteger(steps) && steps >= 1 && steps <= 1000)).toBe(true);
    expect(points.every(({ milliseconds }) => milliseconds >= 1e-3 && milliseconds <= 10)).toBe(true);
    // Half of a logarithmic range lies below its geometric mean.
    const below = points.filter(({ milliseconds }) => milliseconds < 0.1).length;
    expect(below).toBeGreaterThan(150);
    expect(below).toBeLessThan(250);
  });

  test("a small space gives what it has", () => {
    expect(parametersOf({ steps: [1, 2, 3] }, { sampler: random(10) })).toHaveLength(3);
  });
});

test("successive halving begins with all points on the first rung", () => {
  const sampler = asha({ metric: "final", goal: "min", over: "steps", rungs: [2, 4, 8], trials: 6 });
  const points = parametersOf({ milliseconds: "1..100" }, { sampler });
  expect(points).toHaveLength(6);
  expect(points.every(({ steps }) => steps === 2)).toBe(true);
  expect(() => toyPlan({ steps: [1, 2] }, { sampler })).toThrow("steps is what the sampler asha advances");
});

describe("overrides", () => {
  const study = parseStudy({
    name: "toy",
    question: "",
    program: "toy",
    parameters: { steps: [1, 2], group: { values: ["a", "b"], when: { steps: 2 } } },
  });
  const after = (...overrides: string[]) =>
    planStudy(applyStudyOverrides(study, overrides, toy), { program: toy }).trials.map(({ config }) => config);

  test("replace values and seeds, keep conditions, and set what the study left open", () => {
    expect(after("steps=2^1..2^3", "seeds=0..1")).toHaveLength(2 * (2 + 1 + 1));
    expect(after("milliseconds=7")[0]?.parameters).toMatchObject({ milliseconds: 7 });
    expect(after("steps=2", "group=b,c").map(({ parameters }) => parameters["group"])).toEqual(["b", "c"]);
  });

  test("take structures, quoted words, and lists with ranges in them", () => {
    expect(after("steps=1,2^2..2^3", "group=a").map(({ parameters }) => parameters["steps"])).toEqual([1, 4, 8]);
    expect(after("steps=2", "group='a, b',c").map(({ parameters }) => parameters["group"])).toEqual(["a, b", "c"]);
    expect(valueOf("x", "{name: linformer, rank: 8, shared: [true, null, 'a b']}")).toEqual({
      name: "linformer",
      rank: 8,
      shared: [true, null, "a b"],
    });
    expect(valueOf("x", '{"name":"a","deep":{"b":[1,2]}}')).toEqual({ name: "a", deep: { b: [1, 2] } });
    expect(() => valueOf("override x", "{name}")).toThrow("override x: must have the form {NAME: VALUE, NAME: VALUE}");
    expect(() => valueOf("override x", "{name: 1")).toThrow("override x: must end with }");
  });

  test("leave a parameter to its default, and change limits and draws", () => {
    expect(after("~group")).toHaveLength(2);
    expect(() => after("~steps")).toThrow("override ~steps: a parameter that a condition names must stay");
    expect(() => after("~grup")).toThrow(/key must be one of steps, group \(did you mean group\?\), got "grup"/);
    const changed = applyStudyOverrides(study, ["seconds=1.5", "bytes=1e9", "attempts=2"], toy);
    expect(changed.limits).toEqual({ seconds: 1.5, bytes: 1e9, attempts: 2 });
    const drawn = parseStudy({ ...study.spec, sampler: { name: "random", trials: 9 } });
    expect(applyStudyOverrides(drawn, ["trials=3"], toy).sampler).toMatchObject({ trials: 3 });
    expect(() => after("trials=3")).toThrow('override trials: needs a sampler that draws, random or asha, got "grid"');
    expect(() => after("attempts=1.5")).toThrow('override attempts: must be one positive integer, got "1.5"');
  });

  test("wrong words are told with a near miss", () => {
    expect(() => after("step=1")).toThrow(/override: key must be one of .*did you mean steps\?.*got "step"/);
    expect(() => after("steps")).toThrow("override: must have the form KEY=VALUE,VALUE");
    expect(() => after("steps=1,,2")).toThrow("without empty values");
    expect(() => after("steps=1", "steps=2")).toThrow("steps must be given once");
    expect(() => after("steps=many")).toThrow('program toy: steps must be a number, got "many"');
    expect(() => after("seeds=-1")).toThrow("override seeds: a seed must be zero or a positive integer, got -1");
  });
});

test("faults of a study are one sentence each", () => {
  const study = (more: object) => () =>
    planStudy(parseStudy({ name: "toy", question: "", program: "toy", parameters: { steps: 1 }, ...more }), {
      program: toy,
    });
  const faults: [object, string | RegExp][] = [
    [{ sampler: { name: "gird" } }, /study: sampler: name must be one of grid, random, asha \(did you mean grid\?\)/],
    [{ paramaters: {} }, /study: a key must be one of .*did you mean parameters\?/],
    [{ parameters: { stesp: 1 } }, /study: program toy: a parameter must be one of .*did you mean steps\?/],
    [{ parameters: { steps: [] } }, "study: parameter steps: values must be a list of at least one value"],
    [{ parameters: { steps: [1, 1] } }, "study: parameter steps: must not repeat a value, got 1"],
    [{ parameters: { steps: "8..2" } }, "study: parameter steps: a range must rise"],
    [{ parameters: { steps: { values: [1], when: { grup: "a" } }, group: "a" } }, /did you mean group\?/],
    [
      { parameters: { steps: { values: [1], wen: {} } } },
      /study: parameter steps: a key beside values .*did you mean when\?/,
    ],
    [
      { parameters: { steps: { values: [1], when: { group: "a" } }, group: { values: ["a"], when: { steps: 1 } } } },
      "study: conditions must not depend on each other in a circle",
    ],
    [{ parameters: { steps: [1, 2], group: ["a"] }, zip: [["steps", "group"]] }, "must have equally many values"],
    [{ figures: [{ metric: "final", over: "step" }] }, /study: figure of final: over must be one of x, time, steps/],
    [{ limits: { second: 3 } }, /study: limits: a key must be one of .*did you mean seconds\?.*got "second"/],
    [{ figures: [{ metrik: "final", over: "steps" }] }, /study: a figure: a key must be .*did you mean metric\?/],
    [{ sampler: { name: "random", trails: 3 } }, /study: sampler random: a key must be .*did you mean trials\?/],
    [
      { parameters: { steps: { values: [1], when: { group: "alfa" } }, group: ["alpha", "b"] } },
      /study: parameter steps: the value of group in when must be one of alpha, b/,
    ],
    [{ seeds: [1, 1] }, "study: seeds must not repeat an entry"],
  ];
  for (const [more, sentence] of faults) expect(study(more), JSON.stringify(more)).toThrow(sentence);
});

test("ranges are what they say", () => {
  const values = (range: string) => parametersOf({ milliseconds: range }).map(({ milliseconds }) => milliseconds);
  expect(values("2^9..2^12")).toEqual([512, 1024, 2048, 4096]);
  expect(values("0..1 by 0.25")).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(values("1e-4..1e-2 by log 3")).toEqual([1e-4, 1e-3, 1e-2]);
  expect(values("-1..1")).toEqual([-1, 0, 1]);
  expect(values("0.1..0.3 by 0.1")).toEqual([0.1, 0.2, 0.3]);
  assert(
    property(array(integer({ min: -40, max: 40 }), { minLength: 2, maxLength: 2 }), (ends) => {
      const [low = 0, high = 0] = ends.toSorted((a, b) => a - b);
      expect(values(`${low}..${high}`)).toHaveLength(high - low + 1);
    }),
  );
});
