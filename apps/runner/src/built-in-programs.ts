import { programs } from "@attention-lab/programs";
import type { Programs } from "@attention-lab/sweep";
import { training } from "./training/program.ts";

/** What a study may name as its program without a path. */
export const builtInPrograms: Programs = { ...programs, [training.program]: training };
