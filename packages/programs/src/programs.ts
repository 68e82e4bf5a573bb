import type { Programs } from "@attention-lab/sweep";
import { approximationError } from "./approximation-error.ts";
import { attentionCost } from "./attention-cost.ts";

/** The programs of this package by name. */
export const programs: Programs = Object.fromEntries(
  [approximationError, attentionCost].map((program) => [program.program, program]),
);
