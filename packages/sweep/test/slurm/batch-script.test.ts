import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { batchScript } from "../../src/slurm/batch-script.ts";
import { slurmCommand } from "../../src/slurm/slurm-command.ts";
import { checkFolder } from "../../src/slurm/batch-jobs.ts";
import { minutesOf, warning } from "../../src/slurm/time-limit.ts";
import { slurmArguments } from "../../src/slurm/slurm-options.ts";

test("a shell gives every word of a script to the command as it was, whatever characters it has", () => {
  const word = string({ unit: "grapheme" }).filter((text) => !/\p{Cc}/u.test(text));
  const nasty = ["it's", '"', "$(touch pwned)", "`x`", "a b", "\\", "*", "~", "-n", "", "#SBATCH --wrap", "ä\u{1F600}"];
  const run = (words: readonly string[]) => {
    const script = batchScript("/", ["/usr/bin/printf", String.raw`%s\0`, "", ...words]);
    return execFileSync("sh", { input: script, encoding: "utf8" }).split("\0").slice(1, -1);
  };
  expect(run(nasty)).toEqual(nasty);
  assert(
    property(array(word, { minLength: 1, maxLength: 20 }), (words) => {
      expect(run(words)).toEqual(words);
    }),
    { numRuns: 50 },
  );
});

test("a script goes to its folder first, and does nothing when that is not there", () => {
  const folder = mkdtempSync(join(tmpdir(), "it's $x; "));
  expect(execFileSync("sh", { input: batchScript(folder, ["pwd"]), encoding: "utf8" })).toBe(`${folder}\n`);
  rmSync(folder, { recursive: true });
  const gone = () => execFileSync("sh", { input: batchScript(folder, ["pwd"]), stdio: ["pipe", "pipe", "ignore"] });
  expect(gone).toThrow(/Command failed/);
});

test("line breaks are refused, since sbatch reads lines of a script for itself", () => {
  expect(() => batchScript("/a\n#SBATCH --wrap=x", ["pwd"])).toThrow(
    /^slurm launcher: paths must not have line breaks or other control characters, got "\/a\\n#SBATCH/,
  );
});

test("options of sbatch: what was asked, in words of their own; the launcher's own are refused", () => {
  const options = {
    partition: "a b",
    account: "x",
    time: "2:00:00",
    cpus: 4,
    memory: "8G",
    gpus: 2,
    more: ["--qos=q"],
  };
  const words = ["--partition=a b", "--account=x", "--time=2:00:00", "--cpus-per-task=4", "--mem=8G"];
  expect(slurmArguments(options, { trial: true })).toEqual([...words, "--gres=gpu:2", "--signal=B:USR2@90", "--qos=q"]);
  expect(slurmArguments(options, { trial: false })).toEqual([...words.slice(0, 2), "--qos=q"]);
  for (const option of ["--array=1-5", "--wrap=x", "-a1", "-o/tmp/x", "--job-name=x", "--jo=x", "-J", "--wait"]) {
    expect(() => slurmArguments({ more: [option] }, { trial: true }), option).toThrow(
      /^--slurm-option: must not be one that the launcher sets itself/,
    );
  }
  expect(() => slurmArguments({ more: ["constraint=a100"] }, { trial: true })).toThrow(
    '--slurm-option: must be an option of sbatch such as --constraint=a100, got "constraint=a100"',
  );
  expect(() => slurmArguments({ more: ["--comment=a\nb"] }, { trial: true })).toThrow(/must not have line breaks/);
});

test("jobs are warned before their time is up, if it is long enough and known", () => {
  const times = { "90": 90, "90:30": 90.5, "1:30:00": 90, "1-12": 36 * 60, "1-12:30": 36 * 60 + 30, "0-0:15:30": 15.5 };
  for (const [time, minutes] of Object.entries(times)) expect(minutesOf(time), time).toBe(minutes);
  for (const time of ["", "UNLIMITED", "1:2:3:4", "-5", "1h"]) expect(minutesOf(time), time).toBeUndefined();
  for (const time of ["9", "9:59", "INFINITE", undefined]) expect(warning(time)).toEqual([]);
  expect(warning("10")).toEqual(["--signal=B:USR2@90"]);
});

test("a folder that Slurm cannot write into is refused", () => {
  expect(() => checkFolder(String.raw`/a\b`)).toThrow(
    /^slurm launcher: the path of the study's folder must have no backslash, got/,
  );
  expect(checkFolder("/a b%c")).toBe("/a b%c");
});

test("a machine without Slurm is told so", async () => {
  await expect(slurmCommand("sbatch-of-no-machine", [])).rejects.toThrow(
    /^slurm launcher: there is no sbatch-of-no-machine on the PATH; run attn on a login node of the cluster, or leave out --launcher slurm$/,
  );
});
