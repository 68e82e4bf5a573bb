import { setTimeout as sleep } from "node:timers/promises";
import { defineProgram } from "@attention-lab/sweep";
import { z } from "zod";

/** Takes its time, and saves how far it is. */
export default defineProgram({
  name: "slow",
  version: 1,
  engine: false,
  parameters: z.strictObject({ steps: z.int().positive() }),
  async run({ steps }, { report, save, resume, signal }) {
    let step = resume === undefined ? 0 : Number(Buffer.from(resume).toString());
    const begun = step;
    while (step < steps && !signal.aborted) {
      await sleep(500);
      step++;
      report({ step }, step);
      save(Buffer.from(String(step)));
    }
    return { steps: step, begun };
  },
});
