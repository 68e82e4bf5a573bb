import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { environment, missingSlurm, slurm, startCluster, stopCluster } from "../../tools/slurm-cluster.mjs";

const missing = missingSlurm();

/** A cluster of a test file. */
export interface Cluster {
  readonly dir: string;
  /** Runs one of Slurm's commands. */
  slurm(command: string, ...args: string[]): string;
}

/** Tests on a real cluster of two nodes, brought up on loopback; where Slurm is not installed they are skipped and say so. */
export function onCluster(name: string, tests: (cluster: Cluster) => void): void {
  describe.skipIf(missing !== undefined)(missing === undefined ? name : `${name} (skipped: ${missing})`, () => {
    const dir = mkdtempSync(join(tmpdir(), "attn-slurm-"));
    const before = { ...process.env };
    beforeAll(async () => {
      await startCluster(dir, 2);
      const { PATH, SLURM_CONF } = environment(dir);
      Object.assign(process.env, { PATH, SLURM_CONF });
    });
    afterAll(() => {
      stopCluster(dir);
      process.env = before;
      rmSync(dir, { recursive: true, force: true });
    });
    tests({ dir, slurm: (command, ...args) => slurm(dir, command, ...args) });
  });
}
