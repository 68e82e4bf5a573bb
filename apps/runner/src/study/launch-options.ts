import { invalid } from "@attention-lab/tensors";
import type { Command } from "commander";
import { whole } from "../numbers.ts";

/** Options of `attn sweep` that concern studies. */
export interface LaunchOptions {
  readonly processes?: number;
  readonly gpus?: readonly string[];
  readonly keepDiff?: boolean;
}

export function addLaunchOptions(command: Command): Command {
  return command
    .option("--processes <n>", "studies: trials at the same time (default: what cores and memory allow)", processes)
    .option("--gpus <list>", "studies: devices to share out among trials, such as 0,1", devices)
    .option("--keep-diff", "studies: keep the working folder's uncommitted changes with every attempt");
}

const processes = whole("processes", 1);

function devices(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw invalid("--gpus", "must be devices separated by commas, such as 0,1", text);
  return names;
}
