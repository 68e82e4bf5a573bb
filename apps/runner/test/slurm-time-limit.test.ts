import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readMeasurements, StudyFolder, trialStanding } from "@attention-lab/results";
import { expect, onTestFinished, test } from "vitest";
import { start } from "./attn.ts";
import { onCluster, ownCluster } from "./own-cluster.ts";

const program = fileURLToPath(new URL("study/slow.ts", import.meta.url));
const full = process.env["CI_FULL"] === "1";

onCluster(() => {
  test.runIf(full)("a job whose time is nearly up queues itself again, and goes on", { timeout: 900_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "attn-slurm-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await ownCluster(join(folder, "cluster"));
    const study = join(folder, "study.json");
    writeFileSync(study, JSON.stringify({ name: "s", question: "?", program, parameters: { steps: 240 } }));
    const dir = join(folder, "results");
    // The launcher warns jobs of ten minutes and more; this one is warned 30 to 90 s before its two minutes are over.
    const slurm = ["--launcher", "slurm", "--detach", "--time", "2", "--slurm-option=--signal=B:USR2@30"];
    const submitted = await start("sweep", study, "--out", dir, ...slurm).ended;
    expect(submitted).toMatchObject({ code: 0, err: expect.stringContaining("submitted 1 trial as job ") as string });
    const results = StudyFolder.open(dir);
    const [trial] = results.trials();
    if (trial === undefined) throw new Error("no trial");
    const place = results.trialFolder(trial.id);
    while (trialStanding(place).status !== "ok") await sleep(1000);
    const standing = trialStanding(place);
    if (standing.status !== "ok") throw new Error(standing.status);
    const { attempt, metrics } = standing.result;
    expect(attempt).toBeGreaterThan(1);
    expect(metrics["steps"]).toBe(240);
    expect(metrics["begun"]).toBeGreaterThan(0);
    const places = readMeasurements(join(place, "attempts", String(attempt))).map(({ x }) => x);
    expect(places).toEqual(Array.from({ length: 240 }, (_, i) => i + 1));
    // One submission did it.
    expect(readdirSync(join(dir, "slurm"))).toContain("1");
    expect(readdirSync(join(dir, "slurm"))).not.toContain("2");
    const logs = readdirSync(join(dir, "slurm", "1")).filter((name) => name.endsWith(".log"));
    const text = logs.map((name) => readFileSync(join(dir, "slurm", "1", name), "utf8")).join("");
    expect(text).toContain("the job's time is nearly up; queueing it again\n");
  });
});
