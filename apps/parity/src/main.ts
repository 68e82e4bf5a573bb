import { useBackend } from "@attention-lab/backends";
import { adapters } from "./adapters.ts";
import { readGoldenFolder } from "./golden-case.ts";
import { type Outcome, runCase } from "./run-case.ts";

const [folder, ...options] = process.argv.slice(2);
const json = options.includes("--json");

/** `npm run parity -- DIR [--json]`: every case of a golden folder against our own implementations; exit code 1 on any miss. */
async function main(): Promise<number> {
  if (folder === undefined || folder.startsWith("--")) {
    console.error("parity: name a folder of golden cases: npm run parity -- golden");
    return 2;
  }
  const cases = readGoldenFolder(folder);
  const { name, engine } = await useBackend();
  const outcomes: Outcome[] = [];
  for (const golden of cases) {
    const outcome = await runCase(golden, adapters[golden.feature]);
    outcomes.push(outcome);
    if (!json) console.log(line(outcome));
  }
  const count = (status: Outcome["status"]) => outcomes.filter((outcome) => outcome.status === status).length;
  const summary = {
    backend: name,
    engine: engine ?? null,
    total: outcomes.length,
    passed: count("passed"),
    failed: count("failed"),
    notCovered: count("not covered"),
    deviates: count("deviates"),
  };
  if (json) console.log(JSON.stringify({ summary, outcomes }, null, 2));
  else
    console.log(
      `parity on ${name}: ${summary.passed} passed, ${summary.failed} failed, ${summary.deviates} deviate, ${summary.notCovered} not covered, of ${summary.total} cases`,
    );
  return summary.failed === 0 ? 0 : 1;
}

function line({ id, status, because, comparisons }: Outcome): string {
  const largest = Math.max(0, ...comparisons.map((comparison) => comparison.largest));
  const detail = status === "passed" ? `largest error ${largest.toExponential(1)}` : (because ?? "");
  return `${id.padEnd(42)} ${status === "failed" ? "FAILED" : status}${detail === "" ? "" : `: ${detail}`}`;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
