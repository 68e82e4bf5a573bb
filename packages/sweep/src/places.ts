import { availableParallelism, totalmem } from "node:os";
import { invalid } from "@attention-lab/tensors";

/** A share of this machine that one trial at a time may use. */
export interface Place {
  readonly threads: number;
  /** Variables of the trial's process, such as CUDA_VISIBLE_DEVICES. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface PlaceOptions {
  /** Trials at the same time; as many as cores, memory and GPUs allow unless given. */
  readonly processes?: number;
  /** Threads of each trial's engine; the cores shared out evenly unless given. */
  readonly threads?: number;
  /** Memory limit of a trial: places are as many as fit. */
  readonly bytes?: number;
  /** Devices to be shared out, one per place; one that is named twice is shared by two. */
  readonly gpus?: readonly string[];
  readonly cores?: number;
  readonly memoryBytes?: number;
}

/** Memory that stays free for the system and the runner. */
const spare = 0.1;
const who = "local launcher";

/**
 * Shares cores, memory and GPUs out among trials. Errors: a number that is no whole one above 0; a memory limit beyond this machine; more processes
 * than GPUs, of which each is one trial's own.
 */
export function places(options: PlaceOptions = {}): Place[] {
  const { threads, processes, bytes, gpus = [], cores = availableParallelism() } = options;
  for (const [name, value] of Object.entries({ processes, threads })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      throw invalid(who, `${name} must be a whole number above 0`, value);
    }
  }
  const fitting = fittingIn(options.memoryBytes ?? usableMemory(), bytes);
  const byCores = Math.max(1, Math.floor(cores / (threads ?? 1)));
  const count = processes ?? Math.min(gpus.length > 0 ? gpus.length : byCores, fitting);
  if (gpus.length > 0 && count > gpus.length) {
    const rule = `processes must be at most the number of GPUs (${gpus.length}); name one twice to share it, such as 0,0,1,1`;
    throw invalid(who, rule, count);
  }
  return Array.from({ length: count }, (_, i) => {
    const share = threads ?? Math.max(1, Math.floor(cores / count));
    const gpu = gpus[i];
    return { threads: share, variables: { ...threadVariables(share), ...(gpu && { CUDA_VISIBLE_DEVICES: gpu }) } };
  });
}

/** How many trials of such a limit fit at the same time. */
function fittingIn(memoryBytes: number, bytes: number | undefined): number {
  const fitting = bytes === undefined ? Infinity : Math.floor((memoryBytes * (1 - spare)) / bytes);
  if (fitting < 1) throw invalid(who, "the memory limit of a trial must fit into this machine", bytes);
  return fitting;
}

/** A container may be allowed less than the machine has. */
function usableMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
}

/** Libraries that a program loads would otherwise take all cores in every place. What is set already was meant so. */
function threadVariables(threads: number): Readonly<Record<string, string>> {
  const names = ["OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"].filter((name) => process.env[name] === undefined);
  return Object.fromEntries(names.map((name) => [name, String(threads)]));
}
