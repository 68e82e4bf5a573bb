import { Lives } from "../../src/lives.ts";
import { chaosPlan } from "./chaos-plan.ts";
import { hardPlan, runOptions, runToy } from "./toy-study.ts";

/**
 * A runner as a process of its own: `node toy-runner.mjs DIR TRIALS MILLISECONDS [MISDEED]`; the first SIGINT finishes the running trials, the second stops them. Prints its
 * progress at the end, or the one sentence of an error.
 */
const [dir = "", trials = "1", milliseconds = "60", misdeed] = process.argv.slice(2);
const plan = misdeed === undefined ? chaosPlan(Number(trials), Number(milliseconds)) : hardPlan(misdeed);
const [finish, stop] = [new AbortController(), new AbortController()];
process.on("SIGINT", () => (finish.signal.aborted ? stop : finish).abort());
try {
  const { progress } = await runToy(plan, dir, {
    // Flags of the runner's Node, such as a module that moves the clock, are the trials' too.
    execArgv: process.execArgv.length > 0 ? process.execArgv : (runOptions.execArgv ?? []),
    lives: new Lives(),
    finish: finish.signal,
    stop: stop.signal,
  });
  console.log(JSON.stringify(progress));
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
