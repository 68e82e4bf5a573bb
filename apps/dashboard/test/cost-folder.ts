import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ResultsFolder, trialState } from "@attention-lab/results";
import { onTestFinished } from "vitest";
import { type SyntheticOptions, syntheticFolder } from "../../../packages/results/test/synthetic.ts";

/** A folder on the disk as a sweep would leave it; removed with the test. `more` writes the rest of a folder that was begun. */
export async function costFolder(options: SyntheticOptions = {}, keep = Number.POSITIVE_INFINITY) {
  const dir = mkdtempSync(join(tmpdir(), "attn-page-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const synthetic = syntheticFolder(options);
  const all = synthetic.records();
  const folder = await ResultsFolder.open(join(dir, "run"), { create: synthetic.experiment });
  const write = (from: number, to: number) => {
    folder.lock();
    for (const record of all.slice(from, to)) folder.append(record);
    folder.unlock();
  };
  write(0, keep);
  return { dir: join(dir, "run"), outside: dir, more: () => write(keep, all.length), trials: trialState(all).size };
}
