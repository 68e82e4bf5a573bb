import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type PlannedStudyTrial,
  StudyFolder,
  attemptFile,
  attemptFolder,
  trialFile,
  trialId,
} from "@attention-lab/results";
import { onTestFinished } from "vitest";

const at = "2026-11-21T12:00:00.000Z";

/** The folder of a small study: three variants, two seeds, losses over steps; one trial failed, one has not begun. */
export function studyFolder({ shift = 0 }: { readonly shift?: number } = {}): string {
  const dir = mkdtempSync(join(tmpdir(), "attn-study-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const program = { name: "training", version: 1 };
  const trials = ["full", "performer", "<b>local</b>"].flatMap((variant, i) =>
    [0, 1].map((seed): PlannedStudyTrial & { place: number } => {
      const config = { program, parameters: { variant, width: 64 * (i + 1) }, versions: {}, seed };
      return { id: trialId(config), config, place: i };
    }),
  );
  const study = StudyFolder.begin(
    dir,
    {
      name: "losses",
      question: "Which variant learns best?",
      program,
      sampler: { name: "grid" },
      limits: { attempts: 5 },
      figures: [{ metric: "loss", over: "x", xScale: "linear", yScale: "linear" }],
      skipped: [],
      commit: null,
    },
    trials.map(({ id, config }) => ({ id, config })),
  );
  for (const { id, config, place } of trials) {
    const folder = study.prepare({ id, config });
    const attempt = attemptFolder(folder, 1);
    if (place === 2 && config.seed === 1) continue;
    mkdirSync(attempt, { recursive: true });
    const losses = Array.from({ length: 20 }, (_, step) => ({
      x: step * 10,
      values: { loss: 2 + place / 4 + shift + 3 / (step + 1) },
    }));
    writeFileSync(join(attempt, attemptFile.measurements), losses.map((one) => `${JSON.stringify(one)}\n`).join(""));
    const figures = { attempt: 1, seconds: 90 - 30 * place + config.seed, residentBytes: 2e8, at };
    const failed = {
      ...figures,
      status: "error",
      message: "loss is not a number",
      lastLines: ["step 190", "<script>no</script>"],
    };
    const result = { ...figures, status: "ok", metrics: { loss: 2.15 + place / 4 + shift }, measurements: 20 };
    const fails = place === 1 && config.seed === 1;
    const path = fails ? join(attempt, attemptFile.failure) : join(folder, trialFile.result);
    writeFileSync(path, JSON.stringify(fails ? failed : result));
  }
  return dir;
}
