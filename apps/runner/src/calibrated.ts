import { useBackend } from "@attention-lab/backends";
import { type Calibration, calibrate, type StudyPlan } from "@attention-lab/sweep";
import type { GlobalOptions } from "./global-options.ts";

/** What a plan knows of this machine's speed, or the sentence that says why it knows nothing. */
export type Calibrated = { readonly calibration: Calibration } | { readonly unknown: string };

/** These may start a graphics card, of which a plan asks nothing. */
const cards = ["webgpu", "tensorflow"];
/** Operations per second of one core in plain JavaScript, about: of programs that use no tensors. */
const hostOperations = 5e8;
const hostBytes = 60e6;

/** Seconds that starting this process took so far, of its own work: other work on the machine does not count. To be asked first. */
export function startedSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Measures the backend that the options ask for in a fraction of a second, with the threads that a trial will have. */
export async function calibratedFor(
  { program: { program }, costs }: StudyPlan,
  { backend, threads }: GlobalOptions,
  startSeconds: number,
): Promise<Calibrated> {
  if (costs.size === 0) return { unknown: `program ${program.program} declares no cost` };
  if (!program.engine) {
    const host = { operationsPerSecond: hostOperations, callSeconds: 0, startSeconds, residentBytes: hostBytes };
    return { calibration: host };
  }
  const wanted = backend ?? process.env["ATTN_ENGINE"];
  if (wanted !== undefined && cards.includes(wanted)) return ofCard(wanted);
  await useBackend(backend, threads === undefined ? {} : { threads });
  return calibratedHere(wanted ?? "auto", startSeconds);
}

/** Measures the backend that runs already. */
export async function calibratedHere(backend: string, startSeconds: number): Promise<Calibrated> {
  if (cards.includes(backend)) return ofCard(backend);
  return { calibration: await calibrate(startSeconds) };
}

function ofCard(backend: string): Calibrated {
  return { unknown: `a plan asks nothing of a graphics card, which backend ${backend} may use` };
}
