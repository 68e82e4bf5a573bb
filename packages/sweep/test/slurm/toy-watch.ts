import { chaosPlan } from "../study/chaos-plan.ts";
import { runToy } from "../study/toy-study.ts";
import { toyLauncher } from "./toy-launcher.ts";

/** What watches a study on a cluster, as a process of its own: `node toy-watch.mjs DIR TRIALS`. */
const [dir = "", trials = "1"] = process.argv.slice(2);
await runToy(chaosPlan(Number(trials)), dir, { launcher: toyLauncher(dir, [], { chunk: 40 }) });
