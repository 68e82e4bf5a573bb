import { parseArgs } from "node:util";
import { useBackend } from "@attention-lab/backends";
import { adaptersWith } from "./adapters.ts";
import { readGoldenFolder } from "./golden-case.ts";
import { type Outcome, runCase } from "./run-case.ts";

/**
 * `npm run parity -- DIR [--json] [--weights FILE]`: every case of a golden folder against our own implementations; exit code 1 on any miss.
 * `--weights` is the safetensors file, or the folder, of the published model that some cases name.
 */
async function main(): Promise<number> {
  const { folder, json, weights } = commandLine();
  if (folder === undefined) {
    console.error("parity: name a folder of golden cases: npm run parity -- golden");
    return 2;
  }
  const adapters = adaptersWith(weights);
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

function commandLine() {
  const options = { json: { type: "boolean" }, weights: { type: "string" } } as const;
  const { positionals, values } = parseArgs({ options, allowPositionals: true });
  return { folder: positionals[0], json: values.json === true, weights: values.weights };
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
