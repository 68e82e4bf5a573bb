import { Lives } from "../../src/lives.ts";
import { runToy } from "./toy-study.ts";
import { chaosPlan } from "./chaos-plan.ts";

/** A runner as a process of its own: `node toy-runner.ts DIR TRIALS`. */
const [dir = "", trials = "1"] = process.argv.slice(2);
await runToy(chaosPlan(Number(trials)), dir, { lives: new Lives() });
