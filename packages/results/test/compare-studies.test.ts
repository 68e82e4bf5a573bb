import { type StudyReport, compareStudies } from "@attention-lab/results";
import { expect, test } from "vitest";

/** Losses of three seeds that differ far more among themselves than two folders do. */
function study(factor: (seed: number) => number, fails = -1): StudyReport {
  const trials = [1, 2, 4].map((level, seed) => ({
    id: `trial-${seed}`,
    parameters: {},
    seed,
    status: seed === fails ? ("error" as const) : ("ok" as const),
    metrics: seed === fails ? {} : { loss: level * factor(seed), accuracy: 0.5 / factor(seed) },
    seconds: 1,
    residentBytes: 1e8,
    attempt: 1,
    message: seed === fails ? "loss is not a number" : null,
    lastLines: [],
  }));
  return {
    study: {
      name: "s",
      question: "?",
      program: { name: "p", version: 1 },
      sampler: {},
      commit: null,
      at: "",
      skipped: [],
    },
    progress: { planned: 3, done: 3, failed: 0, begun: 0, waiting: 0 },
    varied: [],
    points: [{ label: "", parameters: {}, trials, metrics: {} }],
    figures: [],
  };
}

const verdicts = (b: StudyReport, worse: Record<string, "more" | "less"> = {}) =>
  Object.fromEntries(
    compareStudies(
      study(() => 1),
      b,
      { worse },
    ).curves.map(({ figure, verdict }) => [figure, verdict]),
  );

test("trials are compared seed by seed: what seeds differ in cancels", () => {
  expect(verdicts(study(() => 1))).toEqual({ loss: "same", accuracy: "same" });
  expect(verdicts(study((seed) => 1.2 + seed / 100))).toEqual({ loss: "higher", accuracy: "lower" });
  expect(verdicts(study((seed) => 0.9 + seed / 10))).toEqual({ loss: "unclear", accuracy: "unclear" });
});

test("only a metric whose direction was said can get worse", () => {
  expect(
    verdicts(
      study(() => 1.2),
      { loss: "more", accuracy: "less" },
    ),
  ).toEqual({ loss: "worse", accuracy: "worse" });
  expect(
    verdicts(
      study(() => 0.8),
      { loss: "more", accuracy: "less" },
    ),
  ).toEqual({ loss: "better", accuracy: "better" });
  const changed = compareStudies(
    study(() => 1),
    study(() => 1.2),
  );
  expect(changed.regressed).toBe(false);
  expect(() =>
    compareStudies(
      study(() => 1),
      study(() => 1),
      { worse: { los: "more" } },
    ),
  ).toThrow("compare: metric must be one of loss, accuracy, got los");
});

test("a trial that fails only now is a regression", () => {
  expect(
    compareStudies(
      study(() => 1),
      study(() => 1, 1),
    ).regressed,
  ).toBe(true);
  expect(
    compareStudies(
      study(() => 1, 1),
      study(() => 1),
    ).regressed,
  ).toBe(false);
});
