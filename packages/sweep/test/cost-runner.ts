import { ResultsFolder } from "@attention-lab/results/store";
import { experimentRecord, run } from "../src/index.ts";
import { fromSource } from "./small.ts";
import { costPlan } from "./cost-plan.ts";

/** A cost experiment's runner as a process of its own: `node cost-runner.ts DIR`. Prints its summary, or the one sentence of an error. */
const [dir = ""] = process.argv.slice(2);
try {
  const folder = await ResultsFolder.open(dir, { create: experimentRecord(costPlan, null) });
  console.log(JSON.stringify(await run(costPlan, folder, { backend: "cpu", threads: 1, execArgv: fromSource })));
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
