import { useBackend, backendNames, type BackendReport, precisions } from "@attention-lab/backends";
import { unknownName } from "@attention-lab/catalog";
import type { PlanBackend } from "@attention-lab/sweep";
import { invalid } from "@attention-lab/tensors";
import type { Command } from "commander";

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly debug?: boolean;
  readonly backend?: string;
  readonly threads?: number;
  readonly precision?: (typeof precisions)[number];
}

export function addGlobalOptions(program: Command): void {
  program
    .option("--debug", "print the stack trace of an error")
    .option("--backend <name>", `${backendNames.join(", ")} (default: the ATTN_ENGINE variable, or auto)`, backendName)
    .option("--threads <n>", "threads of the engine (default: all cores)", threadCount)
    .option(
      "--precision <name>",
      `${precisions.join(", ")} (default: the ATTN_PRECISION variable, or float32)`,
      precisionName,
    );
}

/** Prepares the backend that the options ask for. */
export function chosenBackend({ backend, threads, precision }: GlobalOptions): Promise<BackendReport> {
  // For the processes that measure and run trials, which choose their backend themselves.
  if (precision !== undefined) process.env["ATTN_PRECISION"] = precision;
  return useBackend(backend, threads === undefined ? {} : { threads });
}

/** What a backend contributes to the identity of a trial: the instruction set too, since it changes every figure. */
export function planBackend({ tfBackend, engine, instructionSet, threads, precision }: BackendReport): PlanBackend {
  const parts = [engine, instructionSet].filter((part) => part !== undefined);
  return {
    backend: tfBackend,
    engine: parts.length === 0 ? "none" : parts.join(" "),
    threads,
    ...(precision && { precision }),
  };
}

/** `attn-native on native avx512, 2 threads`. */
export function describeBackend({ backend, engine, threads }: PlanBackend): string {
  return `${backend}${engine === "none" ? "" : ` on ${engine}`}, ${threads} thread${threads === 1 ? "" : "s"}`;
}

function backendName(value: string): string {
  if (!(backendNames as readonly string[]).includes(value))
    throw unknownName("--backend", "value", backendNames, value);
  return value;
}

function precisionName(value: string): (typeof precisions)[number] {
  const known = precisions.find((name) => name === value);
  if (known === undefined) throw unknownName("--precision", "value", precisions, value);
  return known;
}

function threadCount(value: string): number {
  const threads = /^\d+$/.test(value) ? Number(value) : 0;
  if (threads < 1 || threads > 1024) throw invalid("--threads", "must be a whole number from 1 to 1024", value);
  return threads;
}
