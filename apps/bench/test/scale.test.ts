import { expect, test } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildReport, buildStudyReport, ResultsFolder, StudyFolder } from "@attention-lab/results";
import { scaleCost, scaleStudy } from "../src/scale-folders.ts";
import { scaleWords } from "../src/scale.ts";

test("the made-up folders are finished ones, and not equal to those measured again", async () => {
  const base = mkdtempSync(join(tmpdir(), "scale-"));
  try {
    const study = await scaleStudy(base, 100);
    const [mine, again] = [study.dir, study.again].map((dir) => buildStudyReport(StudyFolder.open(dir)));
    expect(mine?.progress).toEqual({ planned: 100, done: 100, failed: 0, begun: 0, waiting: 0 });
    expect(mine?.points[0]?.metrics).not.toEqual(again?.points[0]?.metrics);
    expect(mine?.figures.map(({ curves }) => curves.length)).toEqual([5, 5]);
    const cost = scaleCost(base, 100, { backend: "cpu", engine: "none", threads: 1 });
    const report = buildReport(await ResultsFolder.open(cost.dir));
    expect(report.progress).toMatchObject({ planned: 100, finished: 100, failed: 0 });
    expect(report.curves).toHaveLength(10);
  } finally {
    rmSync(base, { recursive: true });
  }
});

test("prints a line per command, and a dash where it could not be run", () => {
  const rows = [{ command: "query", seconds: { study: 1.234, experiment: null } }];
  expect(scaleWords(rows)).toBe("            study  experiment\nquery       1.2 s           -");
});
