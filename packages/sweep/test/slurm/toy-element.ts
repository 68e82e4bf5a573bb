import { StudyFolder } from "@attention-lab/results/store";
import { decideTrial } from "../../src/decide-trial.ts";
import { Lives } from "../../src/lives.ts";
import { ownElement } from "../../src/slurm/submission.ts";

/** What a job runs in these tests, lighter than `attn trial`: `node toy-element.mjs DIR --submission N`. */
const [dir = "", , submission] = process.argv.slice(2);
const folder = StudyFolder.open(dir);
const { trial, retryAfter } = ownElement(folder, Number(submission), process.env["SLURM_ARRAY_TASK_ID"]);
console.log(`devices ${process.env["CUDA_VISIBLE_DEVICES"] ?? "none"}`);
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
const { limits } = folder.study;
const outcome = await decideTrial(folder, trial, {
  worker: process.env["TOY_WORKER"] ?? "",
  execArgv: [],
  limits,
  mostDeaths: limits.attempts,
  lives: new Lives(),
  environment: { commit: null, dirty: null, versions: {} },
  signal: stop.signal,
  lookEveryMilliseconds: 500,
  onBusy: () => console.log("waiting for another process"),
  ...(retryAfter === undefined ? {} : { retryAfter }),
});
console.log(outcome.kind);
