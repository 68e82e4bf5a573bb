import { describe, expect, test } from "vitest";
import { bytes, columns, duration, operations, wantsColour } from "../src/output.ts";
import { ProgressLine, progressText } from "../src/progress-line.ts";

test("figures are rounded for people", () => {
  expect([bytes(0), bytes(999), bytes(8_400_000), bytes(84e9)]).toEqual(["0 B", "999 B", "8.4 MB", "84 GB"]);
  expect([operations(0), operations(69_600), operations(1.07e9)]).toEqual(["0", "70 k", "1.1 G"]);
  expect([duration(0.25), duration(12.4), duration(200), duration(7300)]).toEqual([
    "250 ms",
    "12 s",
    "3 min 20 s",
    "2 h 2 min",
  ]);
});

test("columns line up", () => {
  expect(
    columns(
      [
        ["a", "10"],
        ["bbb", "9"],
      ],
      [1],
    ),
  ).toBe("a    10\nbbb   9");
});

test("colour needs a terminal and no NO_COLOR", () => {
  const before = process.env["NO_COLOR"];
  delete process.env["NO_COLOR"];
  expect([wantsColour({ isTTY: true }), wantsColour({})]).toEqual([true, false]);
  process.env["NO_COLOR"] = "1";
  expect(wantsColour({ isTTY: true })).toBe(false);
  if (before === undefined) delete process.env["NO_COLOR"];
  else process.env["NO_COLOR"] = before;
});

describe("progress", () => {
  const progress = {
    stage: "time",
    done: 12,
    failed: 1,
    total: 60,
    measured: 212,
    measurements: 480,
    running: "performer step 4096",
    secondsLeft: 40,
    last: { seconds: 0.0713 },
  } as const;
  const written = (isTTY: boolean, count: number): string[] => {
    const texts: string[] = [];
    const line = new ProgressLine({ isTTY, columns: 60, write: (text) => texts.push(text) });
    for (let index = 0; index < count; index++) line.show(progress);
    line.note("a failure");
    return texts;
  };

  test("says done, failed and the time left", () => {
    expect(progressText(progress)).toBe(
      "212 of 480 measured, 12 of 60 trials done, 1 failed, about 40 s left (time): performer step 4096 71.3 ms",
    );
  });

  test("is a block written over in place on a terminal", () => {
    const texts = written(true, 2);
    expect(texts[1]?.startsWith("\r\u001B[3A\u001B[0J")).toBe(true);
    expect(texts[1]).toContain(
      `${"█".repeat(18)}${"░".repeat(22)}  about 40 s left\n  time of performer step 4096 71.3 ms\n`,
    );
    expect(texts[2]).toBe("\r\u001B[3A\u001B[0Ja failure\n");
    expect(texts[3]).toBe(`\r\u001B[0J${texts[0]?.slice("\r\u001B[0J".length)}`);
  });

  test("is plain lines, now and then, elsewhere", () => {
    const texts = written(false, 3);
    expect(texts).toEqual([`${progressText(progress)}\n`, "a failure\n"]);
  });
});
