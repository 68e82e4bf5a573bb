import { readFileSync, readdirSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { arch, platform, version } from "node:process";
import type { Machine } from "./schema.ts";

const GIBIBYTE = 2 ** 30;

/**
 * The class of this machine: equal for equal nodes of a cluster, so it holds no host name. Memory is rounded to whole
 * gibibytes, because kernels of equal machines reserve slightly different amounts.
 */
export function machineFingerprint(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || "unknown",
    cores: availableParallelism(),
    memoryBytes: Math.max(1, Math.round(totalmem() / GIBIBYTE)) * GIBIBYTE,
    platform: `${platform}-${arch}`,
    node: version,
    gpu: nvidiaModels(),
  };
}

/** What two machines differ in, as words for an error sentence; empty when they are of one class. */
export function machineDifferences(a: Machine, b: Machine): string[] {
  const keys = Object.keys(a) as (keyof Machine)[];
  return keys.filter((key) => a[key] !== b[key]).map((key) => `${key} ${String(a[key])} and ${String(b[key])}`);
}

/** The driver lists its cards in /proc, which costs nothing to read; null where there is none. */
function nvidiaModels(): string | null {
  const folder = "/proc/driver/nvidia/gpus";
  try {
    const models = readdirSync(folder)
      .map((card) => /^Model:\s*(.+)$/m.exec(readFileSync(`${folder}/${card}/information`, "utf8"))?.[1] ?? "unknown")
      .toSorted();
    return models.length > 0 ? models.join(", ") : null;
  } catch {
    return null;
  }
}
