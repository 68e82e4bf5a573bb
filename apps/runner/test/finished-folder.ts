import { ResultsFolder, type LogRecord } from "@attention-lab/results";
import { experimentRecord, plan } from "@attention-lab/sweep";
import smoke from "../../../experiments/smoke.ts";

/** A finished folder without measuring: full costs n^2, everything else n; identity at 128 ran out of memory. `slower` slows performer. */
export async function finishedFolder(dir: string, { slower = 1 }: { readonly slower?: number } = {}): Promise<void> {
  const planned = plan(smoke, ["variant=full,performer,identity"], { backend: "cpu", engine: "none", threads: 1 });
  const folder = await ResultsFolder.open(dir, { create: experimentRecord(planned, null) });
  const at = new Date(0).toISOString();
  folder.lock();
  for (const { id: trial, config, predicted } of planned.trials) {
    folder.append({ kind: "trial", trial, config, predicted, at });
    const records: LogRecord[] = [{ kind: "memory", trial, peakBytes: 8 * config.length, residentBytes: 1e8, at }];
    const factor = config.variant === "performer" ? slower : 1;
    const seconds = config.variant === "full" ? config.length ** 2 * 1e-6 : config.length * 6e-5 * factor;
    for (let repeat = 0; repeat < config.repeats; repeat++) {
      records.push({ kind: "sample", trial, repeat, seconds: seconds * (1 + 0.01 * repeat), at });
    }
    const fails = config.variant === "identity" && config.length === 128;
    if (fails) folder.append({ kind: "failure", trial, status: "out-of-memory", message: "too long", at });
    else for (const record of records) folder.append(record);
  }
  folder.unlock();
}
