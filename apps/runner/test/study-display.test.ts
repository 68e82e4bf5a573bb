import type { PlannedStudyTrial } from "@attention-lab/results";
import type { EndedTrial, RunningTrial, StudyView } from "@attention-lab/sweep";
import { expect, test } from "vitest";
import { StudyDisplay } from "../src/study/study-display.ts";
import { studyLines } from "../src/study/study-lines.ts";
import { displayWidth } from "../src/terminal/display-width.ts";
import { Screen } from "./screen.ts";

const trial = (seed: number): PlannedStudyTrial => ({
  id: `id${seed}`,
  config: { program: { name: "p", version: 1 }, parameters: { size: 64 }, versions: {}, seed },
});
const wordsOf = ({ config }: PlannedStudyTrial): string => `size 64, 日本語, seed ${config.seed}`;
const figures = { attempt: 1, seconds: 12, residentBytes: 1, at: "2026-01-01T00:00:00.000Z" };
const done = (seed: number): EndedTrial => ({
  trial: trial(seed),
  end: { ...figures, status: "ok", metrics: {}, measurements: 0 },
});
const failed = (seed: number): EndedTrial => ({
  trial: trial(seed),
  end: { ...figures, status: "error", message: "it\nbroke", lastLines: [] },
});
const running = (seed: number): RunningTrial => ({
  trial: trial(seed),
  seconds: 3 * seed,
  last: { x: 10, values: { loss: 0.123456, rate: null } },
});
const view: StudyView = {
  total: 20,
  done: 4,
  failed: 2,
  waiting: 8,
  running: [running(6), running(5)],
  ended: [],
  failures: [failed(2), failed(1)],
  secondsLeft: 200,
};

test("says counts, the time that is left, what runs with its last measurement, and the last failures", () => {
  const lines = studyLines({ name: "mine", view, seconds: 65, wordsOf }, { columns: 100, rows: 23 });
  expect(lines.map(({ text }) => text)).toEqual([
    "mine: 4 of 20 done, 2 failed, 2 running, 8 waiting",
    `${"█".repeat(8)}${"x".repeat(4)}${"▒".repeat(4)}${"░".repeat(24)}  about 3 min 20 s left, 1 min 5 s so far`,
    "  18 s  size 64, 日本語, seed 6  loss 0.1235, rate not a number at 10",
    "  15 s  size 64, 日本語, seed 5  loss 0.1235, rate not a number at 10",
    "  size 64, 日本語, seed 2: error, it broke",
    "  size 64, 日本語, seed 1: error, it broke",
  ]);
});

test("fits into whatever rows there are, and says how much is not shown", () => {
  const many = { ...view, running: Array.from({ length: 50 }, (_, i) => running(50 - i)) };
  for (const rows of [1, 2, 3, 5, 8, 60]) {
    const lines = studyLines({ name: "mine", view: many, seconds: 1, wordsOf }, { columns: 50, rows });
    expect(lines.length, `${rows} rows`).toBeLessThanOrEqual(rows);
    const more = lines.find(({ text }) => text.includes("more running"))?.text;
    const shown = lines.filter(({ text }) => text.includes("loss")).length;
    if (rows >= 8 && shown < 50) expect(more).toBe(`  and ${50 - shown} more running`);
  }
});

test("nothing is said of a time that nobody knows, nor of one that is over", () => {
  const second = (change: Partial<StudyView>) =>
    studyLines({ name: "n", view: { ...view, ...change }, seconds: 5, wordsOf }, { columns: 30, rows: 5 })[1]?.text;
  expect(second({ secondsLeft: undefined })).toContain("time left not known yet");
  expect(second({ running: [], waiting: 0 })).toMatch(/^[█x▒░]+ {2}5 s so far$/);
});

function displayed(stream: ConstructorParameters<typeof StudyDisplay>[0]["stream"], views: StudyView[]) {
  let now = 0;
  const watch = { look: () => views.shift() ?? view } as ConstructorParameters<typeof StudyDisplay>[0]["watch"];
  const display = new StudyDisplay({ stream, name: "mine", watch, wordsOf, clock: () => now });
  return { display, wait: (seconds: number) => void (now += seconds) };
}

test("elsewhere than on a terminal: a line per ended trial at once, the counts now and then and only when they changed", () => {
  const texts: string[] = [];
  const { display, wait } = displayed({ write: (text) => texts.push(text) }, [
    { ...view, ended: [done(3), failed(2)] },
  ]);
  display.look();
  expect(texts).toEqual(["size 64, 日本語, seed 3: done in 12 s\n", "size 64, 日本語, seed 2: error, it broke\n"]);
  wait(5);
  display.look();
  expect(texts).toHaveLength(2);
  wait(6);
  display.look();
  expect(texts.slice(2)).toEqual(["4 of 20 done, 2 failed, 2 running, 8 waiting, about 3 min 20 s left\n"]);
  wait(20);
  display.look();
  display.note("one\u001B[2J line");
  expect(texts.slice(3)).toEqual(["one [2J line\n"]);
});

test("on a terminal the block goes, and notes and the failures of this run stay", () => {
  const screen = new Screen(80, 24);
  const { display } = displayed(screen, [{ ...view, ended: [failed(1), failed(2)] }]);
  display.look();
  display.note("finishing the running trials");
  display.look();
  expect(screen.text[0]).toBe("finishing the running trials");
  expect(screen.text).toHaveLength(7);
  for (const line of screen.text) expect(displayWidth(line)).toBeLessThan(80);
  display.end();
  expect(screen.text).toEqual([
    "finishing the running trials",
    "size 64, 日本語, seed 1: error, it broke",
    "size 64, 日本語, seed 2: error, it broke",
  ]);
});

test("a look that fails is told once, and the work goes on", () => {
  const texts: string[] = [];
  const watch = {
    look: () => {
      throw new Error("results folder: damaged");
    },
  } as unknown as ConstructorParameters<typeof StudyDisplay>[0]["watch"];
  const display = new StudyDisplay({ stream: { write: (text) => texts.push(text) }, name: "mine", watch, wordsOf });
  display.begin();
  display.end();
  expect(texts).toEqual(["results folder: damaged\n"]);
});
