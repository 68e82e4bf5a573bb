import { machineFingerprint } from "@attention-lab/results/store";
import type { EnvironmentStart } from "./trial-messages.ts";

/** Variables that may be kept: those that change what is computed, or say where. Never all of them: they hold secrets. */
const kept = [
  "ATTN_ENGINE",
  "ATTN_THREADS",
  "CUDA_VISIBLE_DEVICES",
  "NODE_OPTIONS",
  "OMP_NUM_THREADS",
  "SLURM_ARRAY_JOB_ID",
  "SLURM_ARRAY_TASK_ID",
  "SLURM_JOB_ID",
  "SLURM_RESTART_COUNT",
  "TF_NUM_INTRAOP_THREADS",
  "UV_THREADPOOL_SIZE",
];

/** `environment.json` of an attempt: where and with what it ran. */
export function environmentRecord(
  { commit, dirty, diff, versions }: EnvironmentStart,
  backend: Readonly<Record<string, unknown>> | null,
): Readonly<Record<string, unknown>> {
  const variables = Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  const changes = diff === undefined ? {} : { diff };
  return {
    at: new Date().toISOString(),
    machine: machineFingerprint(),
    backend,
    commit,
    dirty,
    ...changes,
    versions,
    variables,
  };
}
