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
  /** Devices to be shared out, one per place in turn. */
  readonly gpus?: readonly string[];
  readonly cores?: number;
  readonly memoryBytes?: number;
}

/** Memory that stays free for the system and the runner. */
const spare = 0.1;

/** Shares cores, memory and GPUs out among trials. */
export function places(options: PlaceOptions = {}): Place[] {
  const { threads, bytes, gpus = [], cores = availableParallelism(), memoryBytes = totalmem() } = options;
  const fitting = bytes === undefined ? Infinity : Math.floor((memoryBytes * (1 - spare)) / bytes);
  if (fitting < 1) throw invalid("local launcher", "the memory limit of a trial must fit into this machine", bytes);
  const byCores = Math.max(1, Math.floor(cores / (threads ?? 1)));
  const allowed = gpus.length > 0 ? gpus.length : byCores;
  const count = options.processes ?? Math.min(allowed, fitting);
  return Array.from({ length: count }, (_, i) => {
    const gpu = gpus[i % gpus.length];
    return {
      threads: threads ?? Math.max(1, Math.floor(cores / count)),
      variables: gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu },
    };
  });
}
