import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { errorCode } from "@attention-lab/results/store";

/** A controller that is being restarted lets its clients wait for long. */
const patienceMilliseconds = 120_000;

const run = promisify(execFile);

/** Runs one of Slurm's commands and resolves with what it printed. No shell is between: any text is safe in `args`. An Error ends with the command's own last line. */
export async function slurmCommand(command: string, args: readonly string[], input = ""): Promise<string> {
  const options = { maxBuffer: 2 ** 30, timeout: patienceMilliseconds };
  const running = run(command, [...args], options);
  // It may have ended without reading: then its own words say why.
  running.child.stdin?.on("error", () => {}).end(input);
  try {
    return (await running).stdout;
  } catch (error) {
    throw new Error(`slurm launcher: ${whyNot(command, error)}`, { cause: error });
  }
}

/** How many elements a job array may have. Errors: no Slurm here, or its controller does not answer. */
export async function largestArray(): Promise<number> {
  const text = await slurmCommand("scontrol", ["show", "config"]);
  const [, size] = /^MaxArraySize\s*=\s*(\d+)/m.exec(text) ?? [];
  if (size === undefined || Number(size) < 1) {
    throw new Error("slurm launcher: this cluster allows no job arrays (MaxArraySize of `scontrol show config`)");
  }
  return Number(size);
}

function whyNot(command: string, error: unknown): string {
  if (errorCode(error) === "ENOENT") {
    return `there is no ${command} on the PATH; run attn on a login node of the cluster, or leave out --launcher slurm`;
  }
  const said = error instanceof Error && "stderr" in error && typeof error.stderr === "string" ? error.stderr : "";
  const last = said.trim().split("\n").at(-1)?.trim() ?? "";
  return `${command} refuses: ${last === "" ? `it did not answer within ${patienceMilliseconds / 1000} s` : JSON.stringify(last)}`;
}
