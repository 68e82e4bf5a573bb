import { serveTrial } from "@attention-lab/sweep";
import { builtInPrograms } from "./built-in-programs.ts";

/** The process that runs one trial of a study: started by a launcher, never by hand. */
serveTrial(builtInPrograms);
