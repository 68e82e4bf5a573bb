import { spawn } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { defineProgram } from "../../src/program.ts";

type Context = Parameters<ReturnType<typeof defineProgram>["run"]>[1];

/** What programs get wrong, each by its name. Numbers that are none are given as programs in plain JavaScript would. */
const misdeeds: Readonly<Record<string, (context: Context) => unknown>> = {
  /** Two processes below it that outlive it unless somebody ends them; their numbers are left behind. */
  children: async ({ directory }) => {
    startTwo(directory);
    await sleep(600_000);
  },
  "leaves children": async ({ directory }) => {
    startTwo(directory);
    while (!existsSync(join(directory, "pids"))) await sleep(20);
    return { score: 1 };
  },
  /** Asked to end it does not, and it hears nothing else either. */
  deaf: ({ directory }) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => {});
    process.removeAllListeners("disconnect");
    writeFileSync(join(directory, "pids"), String(process.pid));
    for (;;) Math.random();
  },
  /** A driver that never finishes unloading. */
  "hangs at the end": () => {
    process.on("exit", () => {
      for (;;) Math.random();
    });
    return { score: 1 };
  },
  /** Lines without end; what it says last is still wanted. */
  chatty: () => {
    const line = `${"x".repeat(1023)}\n`.repeat(1024);
    for (let written = 0; written < 200; written++) process.stdout.write(line);
    console.log("\u001B[31mthe end of \u0007much output\u001B[0m");
    throw new Error("chatty: no more to say");
  },
  "says other things": async () => {
    process.send?.({ kind: "progress" });
    process.send?.("a word");
    await sleep(10);
    return { score: 1 };
  },
  "odd numbers": ({ report }) => {
    report({ nan: NaN, most: Number.MAX_VALUE, least: 5e-324, "naïve 🎯": -0, __proto__: 1 } as never, -1e308);
    return { nan: NaN, infinite: Infinity, most: Number.MAX_VALUE, "a b/c\n": 2, "": 3 };
  },
  "text for a number": () => ({ accuracy: "0.9" }),
  "big integer": () => ({ steps: 12n }),
  nothing: () => undefined,
  "a place that is none": ({ report }) => report({ value: 1 }, NaN),
  "a full disk of its own": ({ directory }) => {
    const path = join(directory, "weights");
    try {
      writeFileSync(path, Buffer.alloc(2 ** 23, 1));
    } catch (error) {
      // Tidy as it is, it leaves enough room to write a failure.
      rmSync(path);
      throw error;
    }
  },
  "says other things and ends": () => {
    process.send?.({ kind: "progress" }, () => process.exit(7));
    return new Promise(() => {});
  },
  "late words": ({ report }) => {
    setImmediate(() => report({ late: 1 }, 1));
    return { score: 1 };
  },
};

function startTwo(directory: string): void {
  const script = `const { spawn } = require("node:child_process");
    const below = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    require("node:fs").writeFileSync(process.argv[1], process.pid + " " + below.pid);
    setInterval(() => {}, 1000);`;
  spawn(process.execPath, ["-e", script, join(directory, "pids")], { stdio: "ignore" });
}

/** Programs of unknown origin. */
export default defineProgram({
  name: "hard",
  version: 1,
  engine: false,
  parameters: z.strictObject({ does: z.string(), "größe / 'x' $(id) `w`": z.string().optional() }),
  async run({ does }, context) {
    return (await misdeeds[does]?.(context)) as Readonly<Record<string, number>>;
  },
});
