import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TrialResult, medianAndQuartiles, type Interval } from "@attention-lab/results";

/** Work of a millisecond: what a trial takes beyond it is its process, the engine, and the files. */
const study = {
  name: "overhead",
  question: "What does a trial cost besides its work?",
  program: "approximation-error",
  parameters: { attention: { name: "full" }, length: 16, samples: 1 },
};

/** Seconds from the start of a trial's process to its answer, over so many trials run one after another by `attn sweep`. */
export function trialOverhead({ trials = 7 } = {}): Interval {
  const folder = mkdtempSync(join(tmpdir(), "attn-bench-"));
  const main = fileURLToPath(new URL("../../runner/src/main.ts", import.meta.url));
  try {
    const file = join(folder, "study.json");
    writeFileSync(file, JSON.stringify({ ...study, seeds: Array.from({ length: trials }, (_, seed) => seed) }));
    const out = join(folder, "run");
    execFileSync(process.execPath, [...process.execArgv, main, "sweep", file, "--out", out, "--processes", "1"], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const results = readdirSync(join(out, "trials")).map((id) =>
      TrialResult.parse(JSON.parse(readFileSync(join(out, "trials", id, "result.json"), "utf8"))),
    );
    return medianAndQuartiles(results.map(({ seconds }) => seconds));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
