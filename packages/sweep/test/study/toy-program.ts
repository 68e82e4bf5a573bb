import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { defineProgram } from "../../src/program.ts";

/** A chain of numbers, each made of the one before: a repeated, lost or foreign step would change all that follow. */
export default defineProgram({
  name: "toy",
  version: 1,
  engine: false,
  parameters: z.strictObject({
    steps: z.int().positive().default(6),
    milliseconds: z.number().default(20),
    group: z.string().default("a"),
    does: z.enum(["count", "throw", "eat", "hang", "die", "exit"]).default("count"),
  }),
  refuse: ({ group }) => (group === "refused" ? "toy: group refused is refused" : undefined),
  async run({ steps, milliseconds, does }, { seed, report, save, resume, signal }) {
    if (does === "throw") throw new Error("toy: this one always throws");
    if (does === "hang") for (;;) Math.random();
    if (does === "die") process.kill(process.pid, "SIGKILL");
    if (does === "exit") {
      console.log("the last line of the log");
      process.exit(7);
    }
    const eaten: Uint8Array[] = [];
    while (does === "eat") {
      eaten.push(new Uint8Array(16 * 2 ** 20).fill(1));
      await sleep(20);
    }
    let state = resume === undefined ? { step: 0, value: seed } : (JSON.parse(Buffer.from(resume).toString()) as State);
    while (state.step < steps && !signal.aborted) {
      await sleep(milliseconds);
      state = { step: state.step + 1, value: next(state.value) };
      report({ value: state.value }, state.step);
      if (state.step % 2 === 0) save(Buffer.from(JSON.stringify(state)));
    }
    return { final: state.value };
  },
});

interface State {
  readonly step: number;
  readonly value: number;
}

export function next(value: number): number {
  return (value * 48_271 + 11) % 2_147_483_647;
}
