import { plan } from "../src/index.ts";
import { cpuBackend, smallExperiment } from "./small.ts";

const full = process.env["CI_FULL"] === "1";

/** Repeats of some 20 ms each: a run lasts long enough to be hit. */
export const costPlan = plan(
  smallExperiment(),
  ["variant=full,identity", "length=8", full ? "repeats=400" : "repeats=30"],
  cpuBackend,
);
