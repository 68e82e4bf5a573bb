import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { bundled } from "./bundled.ts";
import { runOptions } from "./toy-study.ts";

/** Preloaded into a process, it makes `Date` jump by hours, back and forth. */
const clock = fileURLToPath(new URL("jumping-clock.mjs", import.meta.url));
let runner: string | undefined;

export interface Runner {
  readonly child: ChildProcess;
  /** Its last line, once it is gone. */
  readonly said: Promise<string>;
}

export interface RunnerOptions {
  readonly trials: number;
  readonly milliseconds?: number;
  readonly jumps?: boolean;
  /** One trial of the program `hard` instead of the toys. */
  readonly misdeed?: string;
}

/** Starts `toy-runner` on a folder. */
export function startRunner(dir: string, { trials, milliseconds = 60, jumps = false, misdeed }: RunnerOptions): Runner {
  runner ??= bundled("toy-runner");
  const flags = jumps ? ["--import", clock] : [];
  const env = { ...process.env, TOY_WORKER: runOptions.worker };
  const args = [
    ...flags,
    runner,
    dir,
    String(trials),
    String(milliseconds),
    ...(misdeed === undefined ? [] : [misdeed]),
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env });
  // A test that fails leaves nothing at work.
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const said = new Promise<string>((resolve) => {
    child.once("close", () => resolve(output.trimEnd().split("\n").at(-1) ?? ""));
  });
  return { child, said };
}

export function isRunning({ child: { exitCode, signalCode } }: Runner): boolean {
  return exitCode === null && signalCode === null;
}

/** Trial processes of this test file, whoever started them: also those whose runner is gone. */
export function trialProcesses(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && commandOf(name).includes(runOptions.worker))
    .filter((name) => Number(name) !== process.pid)
    .map(Number);
}

function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** Waits until something is so; a test that waits in vain ends by its own limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}
