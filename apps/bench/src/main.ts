import { describeBackends } from "@attention-lab/backends";
import type { Case, Contestant } from "./contestant.ts";
import { ourEngine } from "./our-engine.ts";
import { sideBySide } from "./side-by-side.ts";
import { table } from "./table.ts";
import { torch } from "./torch.ts";

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

/** `npm run bench [-- attention|gemm]`: our engines and, where it is installed, PyTorch, side by side in one run. */
async function main(names: readonly string[]): Promise<void> {
  const unknown = names.find((name) => suites[name] === undefined);
  if (unknown !== undefined)
    throw new RangeError(`bench: a suite must be one of ${Object.keys(suites).join(", ")}, got ${unknown}`);
  const available = new Set((await describeBackends()).filter((report) => report.available).map(({ name }) => name));
  const contestants: Contestant[] = [];
  for (const name of ["native", "wasm"] as const) if (available.has(name)) contestants.push(await ourEngine(name));
  const rival = await torch();
  if (rival === undefined) console.log("PyTorch is not installed (pip install torch): our engines alone are timed");
  else contestants.push(rival);
  for (const name of names.length === 0 ? Object.keys(suites) : names) {
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

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
