import { describe, onTestFinished, vi } from "vitest";
import { environment, missingSlurm, startCluster, stopCluster } from "../../../packages/sweep/tools/slurm-cluster.mjs";

const missing = missingSlurm();

/** A suite that needs Slurm; skipped, with the reason as its name, where there is none. */
export function onCluster(body: () => void): void {
  describe.skipIf(missing !== undefined)(missing === undefined ? "on a cluster" : `skipped: ${missing}`, body);
}

/** Starts a cluster of one node in a folder, for the commands of this test; it ends with the test. */
export async function ownCluster(folder: string): Promise<void> {
  await startCluster(folder, 1);
  onTestFinished(() => stopCluster(folder));
  const { PATH = "", SLURM_CONF = "" } = environment(folder);
  vi.stubEnv("PATH", PATH);
  vi.stubEnv("SLURM_CONF", SLURM_CONF);
  onTestFinished(() => void vi.unstubAllEnvs());
}
