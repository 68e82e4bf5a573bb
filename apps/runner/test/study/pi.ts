import { defineProgram } from "@attention-lab/sweep";
import { z } from "zod";

/** A researcher's own program, as the README of `@attention-lab/programs` shows it. */
export default defineProgram({
  name: "pi",
  version: 1,
  engine: false,
  parameters: z.strictObject({ draws: z.int().positive(), fail: z.boolean().default(false) }),
  run: ({ draws, fail }, { seed, report }) => {
    if (fail) return Promise.reject(new Error("pi: told to fail"));
    let [inside, state] = [0, seed + 1];
    const next = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let draw = 0; draw < draws; draw++) inside += Math.hypot(next(), next()) < 1 ? 1 : 0;
    report({ estimate: (4 * inside) / draws }, draws);
    return Promise.resolve({ error: Math.abs((4 * inside) / draws - Math.PI) });
  },
});
