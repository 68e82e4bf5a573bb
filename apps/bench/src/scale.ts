import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { useBackend } from "@attention-lab/backends";
import { type ScaleFolders, scaleCost, scaleStudy } from "./scale-folders.ts";

/** How long a command takes on a folder of so many finished trials, from its start to its end. */
export interface ScaleRow {
  readonly command: string;
  /** By kind of folder; null where the command fails, as `query` does without DuckDB. */
  readonly seconds: { readonly study: number | null; readonly experiment: number | null };
}

const main = fileURLToPath(new URL("../../runner/src/main.ts", import.meta.url));

/** `npm run bench -- scale`: every command that reads a whole folder, on a made-up study and a made-up cost experiment. */
export async function scale({ trials = 10_000 } = {}): Promise<ScaleRow[]> {
  const base = mkdtempSync(join(tmpdir(), "attn-bench-"));
  try {
    const { tfBackend, engine, instructionSet, threads } = await useBackend();
    // As `attn` names it: another engine would make other trials.
    const named = [engine, instructionSet].filter((part) => part !== undefined).join(" ") || "none";
    const study = await scaleStudy(base, trials);
    const experiment = scaleCost(base, trials, { backend: tfBackend, engine: named, threads });
    const rows = Object.entries(commands).map(([command, words]): ScaleRow => {
      return { command, seconds: { study: seconds(words(study)), experiment: seconds(words(experiment)) } };
    });
    const page = { study: await firstPage(study.dir), experiment: await firstPage(experiment.dir) };
    return [...rows, { command: "serve, up to the whole first page", seconds: page }];
  } finally {
    rmSync(base, { recursive: true });
  }
}

const commands: Readonly<Record<string, (folders: ScaleFolders) => string[]>> = {
  plan: ({ spec }) => ["plan", spec],
  "sweep, nothing left to do": ({ spec, dir }) => ["sweep", spec, "--out", dir],
  "report, pictures and page": ({ dir }) => ["report", dir],
  "export csv, samples": ({ dir }) => ["export", dir, "--table", "samples", "--out", join(dir, "samples.csv")],
  "export json, trials": ({ dir }) => ["export", dir, "--format", "json", "--out", join(dir, "trials.json")],
  "export parquet, samples": ({ dir }) => [
    "export",
    dir,
    "--format",
    "parquet",
    "--table",
    "samples",
    "--out",
    join(dir, "samples.parquet"),
  ],
  query: ({ dir }) => ["query", dir, "select metric, count(*), median(value) from samples group by metric"],
  "compare with the same measured again": ({ dir, again }) => ["compare", dir, again],
};

function seconds(words: readonly string[]): number | null {
  const begun = performance.now();
  try {
    execFileSync(process.execPath, [...process.execArgv, main, ...words], { stdio: "ignore" });
  } catch (error) {
    // A comparison that finds a regression by chance has told so by its exit code.
    if (!(error instanceof Error && "status" in error && error.status === 1)) return null;
  }
  return (performance.now() - begun) / 1000;
}

/** From the start of `attn serve` until the page has been read to its end. */
async function firstPage(dir: string): Promise<number | null> {
  const begun = performance.now();
  const child = spawn(process.execPath, [...process.execArgv, main, "serve", dir, "--port", "0"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    for await (const line of createInterface(child.stdout)) {
      const [address] = /http:\/\/\S+/.exec(line) ?? [];
      if (address === undefined) continue;
      await (await fetch(address)).arrayBuffer();
      return (performance.now() - begun) / 1000;
    }
    return null;
  } finally {
    child.kill();
  }
}

/** One line per command. */
export function scaleWords(rows: readonly ScaleRow[]): string {
  const said = (value: number | null) => (value === null ? "-" : `${value.toFixed(1)} s`);
  const width = Math.max(...rows.map(({ command }) => command.length));
  const line = (command: string, study: string, experiment: string) =>
    `${command.padEnd(width)}  ${study.padStart(10)}  ${experiment.padStart(10)}`;
  const lines = rows.map((row) => line(row.command, said(row.seconds.study), said(row.seconds.experiment)));
  return [line("", "study", "experiment"), ...lines].join("\n");
}
