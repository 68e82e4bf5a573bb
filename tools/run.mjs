// Runs a program of this repository from its TypeScript source, after setting up what it needs:
//   node tools/run.mjs apps/runner/src/main.ts ARGS
import { spawn } from "node:child_process";
import path from "node:path";
import { root, setup } from "./setup.mjs";

/** What lets Node run a workspace program from source: package imports resolve to src/*.ts, and tsx reads TypeScript. */
export const fromSource = ["--conditions=@attention-lab/source", "--import", "tsx"];

/** Runs `entry` and resolves to its exit code; signals reach the program, which ends by itself. */
export function runFromSource(entry, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...fromSource, path.join(root, entry), ...args], {
      stdio: "inherit",
      cwd: root,
      ...options,
    });
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
    child.on("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}

if (process.argv[1] === path.join(root, "tools", "run.mjs")) {
  const [entry, ...args] = process.argv.slice(2);
  setup({ quiet: true });
  process.exit(await runFromSource(entry, args));
}
