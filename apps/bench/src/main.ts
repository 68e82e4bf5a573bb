import { describeBackends, useBackend } from "@attention-lab/backends";
import type { Case, Contestant } from "./contestant.ts";
import { ourEngine } from "./our-engine.ts";
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

/** `npm run bench [-- attention|gemm|variants]`: our engines and, where it is installed, PyTorch, side by side in one run. */
async function main(names: readonly string[]): Promise<void> {
  const unknown = names.find((name) => !suiteNames.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`bench: a suite must be one of ${suiteNames.join(", ")}, got ${unknown}`);
  const asked = names.length === 0 ? suiteNames : names;
  const operationSuites = asked.filter((name) => name !== "variants");
  if (operationSuites.length > 0) await compareEngines(operationSuites);
  if (asked.includes("variants")) await compareVariants();
}

async function compareEngines(names: readonly string[]): Promise<void> {
  const available = new Set(
    (await describeBackends()).filter((report) => report.available).map(({ name }) => name as string),
  );
  const contestants: Contestant[] = [];
  for (const name of ["native", "wasm"] as const) if (available.has(name)) contestants.push(await ourEngine(name));
  const rival = await torch();
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

async function compareVariants(): Promise<void> {
  const { name, instructionSet } = await useBackend();
  console.log(
    `\nvariants: forward on ${name} ${instructionSet ?? ""}, medians of 5 interleaved rounds, B=1 H=4 D=64, not causal`,
  );
  console.log(variantTable(await variants(5)));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
