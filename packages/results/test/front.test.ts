import { drawStudyFigures, frontSvg, isTime, paretoFront, type StudyReport } from "@attention-lab/results";
import fc from "fast-check";
import { expect, test } from "vitest";

const numbers = fc.integer({ min: 0, max: 6 });
const choices = fc.array(fc.record({ label: fc.string(), cost: numbers, quality: numbers }), { maxLength: 12 });

test("the front is what nobody beats in both, by rising cost", () => {
  fc.assert(
    fc.property(choices, fc.constantFrom("more" as const, "less" as const), (all, better) => {
      const sign = better === "more" ? 1 : -1;
      const front = paretoFront(all, better);
      const beats = (a: (typeof all)[number], b: (typeof all)[number]) =>
        a.cost <= b.cost && sign * (a.quality - b.quality) >= 0 && (a.cost < b.cost || a.quality !== b.quality);
      for (const choice of front) expect(all.some((other) => beats(other, choice))).toBe(false);
      for (const choice of all) {
        const asGood = front.some((each) => each.cost <= choice.cost && sign * (each.quality - choice.quality) >= 0);
        expect(asGood).toBe(true);
      }
      expect(front.map(({ cost }) => cost)).toEqual(front.map(({ cost }) => cost).toSorted((a, b) => a - b));
    }),
  );
});

const value = (number: number) => ({ value: number, low: number, high: number, count: 1 });
const point = (label: string, loss: number, secondsPerStep: number): StudyReport["points"][number] => ({
  label,
  parameters: { label },
  trials: [],
  metrics: { loss: value(loss), secondsPerStep: value(secondsPerStep) },
});
const report: StudyReport = {
  study: {
    name: "s",
    question: "?",
    program: { name: "p", version: 1 },
    sampler: {},
    commit: null,
    at: "2026-01-01T00:00:00Z",
    skipped: [],
  },
  progress: { planned: 3, done: 3, failed: 0, begun: 0, waiting: 0 },
  varied: ["label"],
  points: [point("full", 1, 0.2), point("linear", 1.5, 0.05), point("<slow>", 2, 0.4)],
  figures: [],
};

test("a metric that is a time is drawn as one; the title says who is best and how many are not beaten", () => {
  expect(isTime("secondsPerStep")).toBe(true);
  expect(isTime("loss")).toBe(false);
  const svg = frontSvg(report, { quality: "loss", better: "less", cost: "secondsPerStep" });
  expect(svg).toContain("full has the best loss, 1; 2 of 3 are beaten by none in both");
  expect(svg).toContain("time per step");
  expect(svg).toMatch(/100\s?ms/);
  expect(svg).toContain("&lt;slow&gt;");
  expect(svg).not.toContain("<slow>");
});

test("without finished trials there is a picture that says so", () => {
  const svg = frontSvg({ ...report, points: [] }, { quality: "loss", better: "less", cost: "time" });
  expect(svg).toContain("loss against time of a trial: no trial has finished yet");
});

test("a study asks for it by a picture over time", () => {
  const figure = { metric: "loss", over: "time", xScale: "linear", yScale: "linear" } as const;
  const figures = [
    { figure, curves: [] },
    { figure: { ...figure, metric: "never measured" }, curves: [] },
  ];
  const drawn = drawStudyFigures({ ...report, figures });
  expect(drawn.map(({ name }) => name)).toEqual(["1-loss-over-time"]);
  expect(drawn[0]?.svg).toBe(frontSvg(report, { quality: "loss", better: "less" }));
});
