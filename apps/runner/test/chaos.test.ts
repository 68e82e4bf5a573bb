import { existsSync, mkdtempSync, readFileSync, appendFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ResultsFolder, trialState } from "@attention-lab/results";
import { afterEach, beforeEach, expect, test } from "vitest";
import { smoke, start } from "./attn.ts";

/** Many more before an issue is called done. */
const kills = process.env["CI_FULL"] === "1" ? 25 : 4;

let dir = "";
beforeEach(() => void (dir = join(mkdtempSync(join(tmpdir(), "attn-")), "results")));
afterEach(() => rmSync(join(dir, ".."), { recursive: true }));

const sweep = (): ReturnType<typeof start> =>
  start("sweep", smoke, "variant=full,identity", "length=32,64", "repeats=15", "--out", dir, "--backend", "cpu");

/** The whole lines of the log; what follows the last newline was not acknowledged. */
function acknowledged(): string[] {
  const log = join(dir, "log.jsonl");
  return existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(0, -1) : [];
}

test("kill -9 at random moments: nothing is lost, nothing is repeated", { timeout: 900_000 }, async () => {
  let survived: string[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const { child, ended } = sweep();
    await sleep(500 + 4500 * Math.random());
    // By turns the parent alone, as the kernel would, and the whole group, as a cluster would.
    if (child.exitCode === null && child.pid !== undefined)
      process.kill(kill % 2 === 0 ? child.pid : -child.pid, "SIGKILL");
    await ended;
    expect(acknowledged().slice(0, survived.length)).toEqual(survived);
    survived = acknowledged();
    if (kill === 2 && survived.length > 0) appendFileSync(join(dir, "log.jsonl"), '{"kind":"sample","tri');
  }
  const { code, err } = await sweep().ended;
  expect({ code, err }).toMatchObject({ code: 0 });
  const folder = await ResultsFolder.open(dir);
  const records = folder.records();
  const keys = records.map((record) =>
    [record.kind, record.trial, record.kind === "sample" ? record.repeat : ""].join(" "),
  );
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys).toHaveLength(8 * (1 + 1 + 15));
  expect(acknowledged().slice(0, survived.length)).toEqual(survived);
  const states = [...trialState(records).values()];
  expect(states.map(({ id }) => id)).toEqual(folder.experiment.trials);
  expect(states.every(({ finished, failure }) => finished && failure === undefined)).toBe(true);
});

test("Ctrl-C stops in an orderly way, and a second runner is refused meanwhile", { timeout: 120_000 }, async () => {
  const first = sweep();
  while (acknowledged().length < 9) await sleep(50);
  const second = await sweep().ended;
  expect(second.code).toBe(1);
  expect(second.err).toMatch(new RegExp(`attn: .*in use by process ${first.child.pid}`));
  if (first.child.pid !== undefined) process.kill(-first.child.pid, "SIGINT");
  const { code, err } = await first.ended;
  expect(code).toBe(130);
  expect(err).toMatch(/attn: sweep: stopped; run the same command again to go on\n$/);
  expect(acknowledged().some((line) => line.includes('"failure"'))).toBe(false);
});
