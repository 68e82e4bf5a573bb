import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { runProgram } from "../src/program.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
export const smoke = fileURLToPath(new URL("../../../experiments/smoke.ts", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line inside this process: fast, and enough for everything that starts no measuring process. */
export async function attn(...args: string[]): Promise<Outcome> {
  const [out, err]: [string[], string[]] = [[], []];
  const log = vi.spyOn(console, "log").mockImplementation((text: string) => void out.push(text));
  const error = vi.spyOn(console, "error").mockImplementation((text: string) => void err.push(text));
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((text) => err.push(String(text)) > 0);
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
  try {
    return { code: await runProgram(args), out: out.join("\n"), err: err.join("\n") };
  } finally {
    for (const spy of [log, error, stderr, stdout]) spy.mockRestore();
  }
}

/** Starts a command line as a process group of its own, as a shell would. */
export function start(...args: string[]): { child: ChildProcess; ended: Promise<Outcome> } {
  const flags = ["--conditions=@attention-lab/source", "--import", "tsx", "apps/runner/src/main.ts"];
  const child = spawn(process.execPath, [...flags, ...args], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (err += text));
  const ended = new Promise<Outcome>((resolve) => child.on("close", (code) => resolve({ code, out, err })));
  return { child, ended };
}
