import { parseArgs } from "node:util";
import { describeBackends, useBackend } from "@attention-lab/backends";
import type { Case, Contestant } from "./contestant.ts";
import { ourEngine } from "./our-engine.ts";
import { rivals } from "./rivals.ts";
import { sideBySide } from "./side-by-side.ts";
import { table, variantTable } from "./table.ts";
import { torch } from "./torch.ts";
import { variants } from "./variants.ts";

const lengths = [512, 2048, 8192];
const suites: Record<string, readonly Case[]> = {
  attention: lengths.flatMap((length) =>
    [false, true].flatMap((causal) =>
      [false, true].map((backward): Case => ({ kind: "attention", length, causal, backward })),
    ),
  ),
  gemm: [
    { kind: "gemm", m: 1024, n: 1024, k: 1024 },
    { kind: "gemm", m: 2048, n: 1024, k: 256 },
    { kind: "gemm", m: 2048, n: 256, k: 1024 },
  ],
};

const suiteNames = [...Object.keys(suites), "variants"];

/** `npm run bench [-- attention|gemm|variants] [--python PATH]`: our engines and, where it is installed, PyTorch, side by side in one run. */
async function main(args: string[]): Promise<void> {
  const options = { python: { type: "string", default: "python3" } } as const;
  const {
    positionals: names,
    values: { python },
  } = parseArgs({ args, options, allowPositionals: true });
  const unknown = names.find((name) => !suiteNames.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`bench: a suite must be one of ${suiteNames.join(", ")}, got ${unknown}`);
  const asked = names.length === 0 ? suiteNames : names;
  const operationSuites = asked.filter((name) => name !== "variants");
  if (operationSuites.length > 0) await compareEngines(operationSuites, python);
  if (asked.includes("variants")) await compareVariants(python);
}

async function compareEngines(names: readonly string[], python: string): Promise<void> {
  const available = new Set(
    (await describeBackends()).filter((report) => report.available).map(({ name }) => name as string),
  );
  const contestants: Contestant[] = [];
  for (const name of ["native", "wasm"] as const) if (available.has(name)) contestants.push(await ourEngine(name));
  const rival = await torch(python);
  if (rival === undefined) console.log("PyTorch is not installed (pip install torch): our engines alone are timed");
  else contestants.push(rival);
  for (const name of names) {
    console.log(`\n${name}: medians of 7 interleaved rounds, float32, B=1 H=4 D=64`);
    const rows = await sideBySide(suites[name] ?? [], contestants, 7);
    console.log(
      table(
        rows,
        contestants.map((contestant) => contestant.name),
      ),
    );
  }
  for (const contestant of contestants) contestant.close();
}

async function compareVariants(python: string): Promise<void> {
  const { name, instructionSet } = await useBackend();
  const others = await rivals(python);
  if (others === undefined)
    console.log(`PyTorch is not installed in ${python}: PyTorch packages of the variants are skipped`);
  else if (others.missing.length > 0) console.log(`skipped, not installed in ${python}: ${others.missing.join(", ")}`);
  console.log(
    `\nvariants: forward on ${name} ${instructionSet ?? ""}, medians of 5 interleaved rounds, B=1 H=4 D=64, not causal`,
  );
  console.log(variantTable(await variants(5, others)));
  others?.close();
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
