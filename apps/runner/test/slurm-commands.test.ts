import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { attn, smoke, start } from "./attn.ts";
import { onCluster, ownCluster } from "./own-cluster.ts";

const study = fileURLToPath(new URL("study/pi.yaml", import.meta.url));
const program = fileURLToPath(new URL("study/pi.ts", import.meta.url));

function temporary(name = "attn slurm "): string {
  const folder = mkdtempSync(join(tmpdir(), name));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("options that do not go together are refused before anything is written", async () => {
  const dir = join(temporary(), "results");
  const sweep = (file: string, ...args: string[]) => attn("sweep", file, "--out", dir, ...args);
  const slurm = (...args: string[]) => sweep(study, "--launcher", "slurm", ...args);
  const told = async (ran: ReturnType<typeof attn>) => ({ ...(await ran), out: "" });
  const usage = (err: unknown) => ({ code: 2, out: "", err });
  expect(await told(sweep(study, "--gpus-per-trial", "1"))).toEqual(
    usage("attn: --gpus-per-trial: must be given with --launcher slurm only"),
  );
  expect(await told(slurm("--processes", "2"))).toEqual(
    usage("attn: --processes: must be given with --launcher local only"),
  );
  expect(await told(slurm("--slurm-option=--array=1-5"))).toEqual(
    usage(expect.stringMatching(/^attn: --slurm-option: must not be one that the launcher sets itself/)),
  );
  expect(await told(sweep(smoke, "--launcher", "slurm"))).toEqual(
    usage(
      expect.stringMatching(/^attn: --launcher slurm: must be given with a study only, since one process interleaves/),
    ),
  );
  const halving = join(temporary(), "halving.json");
  const sampler = { name: "asha", metric: "error", goal: "min", over: "draws", rungs: [1, 3], trials: 3 };
  writeFileSync(halving, JSON.stringify({ name: "h", question: "?", program, parameters: {}, sampler }));
  expect(await told(sweep(halving, "--launcher", "slurm", "--detach"))).toEqual(
    usage(expect.stringMatching(/^attn: --detach: must not be given with the sampler asha, which adds trials/)),
  );
  expect(existsSync(dir)).toBe(false);
});

test("a machine without Slurm is told so", async () => {
  vi.stubEnv("PATH", "/nowhere");
  onTestFinished(() => void vi.unstubAllEnvs());
  const { code, err } = await attn("sweep", study, "--launcher", "slurm", "--out", join(temporary(), "results"));
  expect(code).toBe(1);
  expect(err).toMatch(
    /attn: slurm launcher: there is no scontrol on the PATH; run attn on a login node of the cluster/,
  );
});

onCluster(() => {
  test(
    "a study with a program from outside goes through the queue, and its report is written",
    { timeout: 300_000 },
    async () => {
      await ownCluster(temporary("attn-slurm-"));
      const dir = join(temporary(), `it's a "näme" $(touch pwned);x`);
      const sweep = ["sweep", study, "draws=16,32", "seeds=1", "--launcher", "slurm", "--cpus", "1", "--out", dir];
      const swept = await start(...sweep).ended;
      expect(swept.err).toMatch(/submitted 2 trials as job \d+ \(attn-[0-9a-f]{12}-1\)\n/);
      expect(swept.out).toMatch(/^2 of 2 trials done in /);
      expect(swept.code).toBe(0);
      const report = join(dir, "report.md");
      await expect.poll(() => existsSync(report), { timeout: 60_000 }).toBe(true);
      expect(readFileSync(report, "utf8")).toContain("pi");
      expect(readdirSync(join(dir, "slurm", "1"))).toHaveLength(3);
      expect(existsSync("pwned")).toBe(false);
    },
  );
});
