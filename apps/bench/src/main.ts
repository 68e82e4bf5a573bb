import { parseArgs } from "node:util";
import { type EngineSpeed, measureEngines, useBackend } from "@attention-lab/backends";
import { machineFingerprint } from "@attention-lab/results";
import type { Contestant } from "./contestant.ts";
import { gpu } from "./gpu.ts";
import { harnessOverhead } from "./harness.ts";
import { harnessWords, trialOverheadWords } from "./harness-words.ts";
import { type JsonRow, jsonRows } from "./json-rows.ts";
import { ourEngine } from "./our-engine.ts";
import { rivals } from "./rivals.ts";
import { scale, scaleWords } from "./scale.ts";
import { sideBySide } from "./side-by-side.ts";
import { suites } from "./suites.ts";
import { decoderTable, table, variantTable } from "./table.ts";
import { torch } from "./torch.ts";
import { trialOverhead } from "./trial-overhead.ts";
import { variants } from "./variants.ts";

const suiteNames = [...Object.keys(suites), "variants", "harness"];

interface Options {
  /** Print one JSON object instead of tables. */
  readonly json: boolean;
  /** The smallest size of each bench, in a few seconds: shows that it works, not how fast. */
  readonly quick: boolean;
  readonly python: string;
}

/** `npm run bench [-- SUITES --json --quick --python PATH]`: our engines and their rivals side by side in one run. */
async function main(names: readonly string[], options: Options): Promise<void> {
  const unknown = names.find((name) => !suiteNames.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`bench: a suite must be one of ${suiteNames.join(", ")}, got ${unknown}`);
  const asked = names.length === 0 ? suiteNames : names;
  const say = options.json ? () => {} : console.log;
  const speeds = await measureEngines();
  const rows = await compareEngines(
    asked.filter((name) => name !== "variants" && name !== "harness"),
    speeds,
    options,
    say,
  );
  if (asked.includes("variants") && !options.json) await compareVariants(options);
  if (asked.includes("harness") && !options.json) await measureHarness(options);
  const peakGflops = speeds.find(({ name }) => name === "native")?.peakGflops ?? null;
  if (options.json)
    console.log(JSON.stringify({ machine: machineFingerprint(), peakGflops, rows: rows(peakGflops) }, null, 2));
  else if (peakGflops !== null)
    console.log(`\nthe machine's peak with multiply-adds in registers: ${peakGflops.toFixed(0)} GFLOP/s`);
}

async function compareEngines(
  names: readonly string[],
  speeds: readonly EngineSpeed[],
  { quick, python }: Options,
  say: (text: string) => void,
): Promise<(peak: number | null) => JsonRow[]> {
  if (names.length === 0) return () => [];
  const { ours, peers } = await contestants(speeds, python, say);
  const all = [...ours, ...peers];
  const measured: { bench: string; found: Awaited<ReturnType<typeof sideBySide>> }[] = [];
  for (const bench of names) {
    const suite = suites[bench];
    if (suite === undefined) continue;
    const rounds = quick ? 2 : 7;
    say(`\n${bench}: medians of ${rounds} interleaved rounds, float32${bench === "attention" ? ", B=1 H=4 D=64" : ""}`);
    const found = await sideBySide(quick ? suite.quick : suite.all, all, rounds);
    const present = all
      .map(({ name }) => name)
      .filter((name) => found.some(({ seconds }) => seconds[name] !== undefined));
    say((bench === "train" || bench === "decode" ? decoderTable : table)(found, present));
    measured.push({ bench, found });
  }
  for (const contestant of all) contestant.close();
  const nameOf = ({ name }: Contestant) => name;
  return (peak) =>
    measured.flatMap(({ bench, found }) => {
      const peaks = Object.fromEntries(
        ours.flatMap(({ name }) => (peak !== null && name.startsWith("native") ? [[name, peak]] : [])),
      );
      return jsonRows(bench, found, { ours: ours.map(nameOf), peers: peers.map(nameOf), peaks });
    });
}

/** Our engines that run here, and their peers. */
async function contestants(speeds: readonly EngineSpeed[], python: string, say: (text: string) => void) {
  const ours: Contestant[] = [];
  for (const { name } of speeds) ours.push(await ourEngine(name));
  const peers = [await ourEngine("stock-wasm")];
  const rival = await torch(python);
  if (rival === undefined) say("PyTorch is not installed (pip install torch): it is skipped");
  else peers.unshift(rival);
  return { ours, peers };
}

async function measureHarness({ quick }: Options): Promise<void> {
  console.log("\nharness: the sweep's timing against a bare loop, in turns");
  console.log(harnessWords(await harnessOverhead(quick ? { rounds: 3, lengths: [256] } : {})));
  console.log(trialOverheadWords(trialOverhead(quick ? { trials: 2 } : {})));
}

async function compareVariants({ quick, python }: Options): Promise<void> {
  const { name, instructionSet } = await useBackend();
  const others = await rivals(python);
  if (others === undefined)
    console.log(`PyTorch is not installed in ${python}: PyTorch packages of the variants are skipped`);
  else if (others.missing.length > 0) console.log(`skipped, not installed in ${python}: ${others.missing.join(", ")}`);
  console.log(
    `\nvariants: forward on ${name} ${instructionSet ?? ""}, medians of 5 interleaved rounds, B=1 H=4 D=64, not causal`,
  );
  console.log(variantTable(await (quick ? variants(1, others, { only: [256, 512] }) : variants(5, others))));
  others?.close();
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      quick: { type: "boolean" },
      software: { type: "boolean" },
      python: { type: "string" },
    },
  });
  const { json = false, quick = false, software = false, python = "python3" } = values;
  // Asked for by name only: one makes folders of ten thousand trials, and elsewhere there is no graphics card as a rule.
  if (positionals.includes("scale")) {
    const trials = quick ? 200 : 10_000;
    console.log(`scale: seconds from the start of the command to its end, folders of ${trials} finished trials`);
    console.log(scaleWords(await scale({ trials })));
  } else if (positionals.includes("gpu")) await gpu({ software, quick, python });
  else await main(positionals, { json, quick, python });
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
