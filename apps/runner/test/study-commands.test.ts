import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { attn, start } from "./attn.ts";

const study = fileURLToPath(new URL("study/pi.yaml", import.meta.url));
const experiments = fileURLToPath(new URL("../../../experiments/", import.meta.url));

function folderPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "attn study "));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "results");
}

test("plan prints every trial of a study, and refuses typos before anything runs", async () => {
  const { code, out } = await attn("plan", study, "seeds=0..2");
  expect(code).toBe(0);
  expect(out).toContain("9 trials, 0 skipped, 3 seeds each");
  const json = JSON.parse((await attn("plan", study, "--json")).out) as { trials: { id: string; config: object }[] };
  expect(json.trials).toHaveLength(6);
  expect(json.trials[0]?.config).toMatchObject({
    program: { name: "pi", version: 1, moduleSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    parameters: { draws: 16, fail: false },
  });
  const typo = await attn("plan", study, "draw=4");
  expect(typo.code).toBe(2);
  expect(typo.err).toMatch(/^attn: override: key must be one of .*did you mean draws\?/);
});

test("the studies of this repository are sound", async () => {
  const trials = { "performer-error.ts": 168, "length-extrapolation.ts": 8, "seq2seq-length.ts": 6 };
  for (const [name, count] of Object.entries(trials)) {
    const { out } = await attn("plan", join(experiments, name));
    expect(out, name).toContain(`${count} trials, 0 skipped`);
  }
});

test("schema prints JSON Schema", async () => {
  for (const what of ["study", "experiment"]) {
    const { out } = await attn("schema", what);
    expect(JSON.parse(out)).toMatchObject({ type: "object", properties: { name: {}, question: {} } });
  }
});

test(
  "sweep, report and trial work on a study from a YAML file with a program from outside",
  { timeout: 300_000 },
  async () => {
    const dir = folderPath();
    const swept = await start("sweep", study, "draws=16,32,64", "fail=false,true", "seeds=1", "--out", dir).ended;
    expect(swept.out).toMatch(/^3 of 6 trials done, 3 failed in /);
    expect(swept.err).toMatch(/error, pi: told to fail/);
    const report = await attn("report", dir);
    expect(report.out).toMatch(/error \(pi: told to fail\): draws 16, fail, seed 1; .*\n/);
    expect(report.out).toContain("3 of 6 trials done, 3 failed");
    expect(readdirSync(dir)).toEqual(
      expect.arrayContaining(["report.md", "1-error-over-draws.svg", "1-error-over-draws.png"]),
    );
    const [first] = JSON.parse((await attn("plan", study, "draws=16", "seeds=1", "--json")).out).trials as [
      { id: string },
    ];
    rmSync(join(dir, "trials", first.id), { recursive: true });
    const module = join(study, "../pi.ts");
    expect((await start("trial", dir, first.id, "--module", module).ended).code).toBe(0);
    expect(existsSync(join(dir, "trials", first.id, "result.json"))).toBe(true);
    const unknown = await start("trial", dir, "00", "--module", module).ended;
    expect(unknown).toMatchObject({ code: 2, err: `attn: trial: ${dir} has no trial 00\n` });
  },
);

test("Ctrl-C finishes the running trials, and the next start goes on", { timeout: 300_000 }, async () => {
  const dir = folderPath();
  const sweep = () => start("sweep", study, "seeds=0..9", "--processes", "1", "--out", dir);
  const first = sweep();
  while (!existsSync(join(dir, "trials")) || readdirSync(join(dir, "trials")).length < 2) await sleep(50);
  if (first.child.pid !== undefined) process.kill(-first.child.pid, "SIGINT");
  const { code, err, out } = await first.ended;
  expect(code).toBe(130);
  expect(err).toContain("finishing the running trials; Ctrl-C once more stops them");
  expect(out).toMatch(/of 30 trials done in .*run the same command again to go on/);
  for (const id of readdirSync(join(dir, "trials"))) {
    expect(JSON.parse(readFileSync(join(dir, "trials", id, "result.json"), "utf8"))).toMatchObject({ status: "ok" });
  }
  const other = await attn("sweep", study, "seeds=0..3", "--out", dir);
  expect(other.err).toMatch(/attn: study folder: .* holds "pi" with other trials \(30 planned, yours are 12\)/);
});
