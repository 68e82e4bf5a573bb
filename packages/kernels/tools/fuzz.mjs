// Calls the kernels of every engine 10,000 times with spoiled arguments; a crash ends this process with a signal:
//   node --conditions=@attention-lab/source --import tsx packages/kernels/tools/fuzz.mjs [CALLS] [SEED]
import { engines } from "../test/engines.ts";
import { fuzz } from "../test/fuzz.ts";

const [calls = 10_000, seed = 1] = process.argv.slice(2).map(Number);
for (const { label, load } of engines) {
  const { refused, odd } = fuzz(await load(), calls, seed);
  console.log(`${label}: ${calls} calls, ${refused} refused, ${calls - refused} answered, no crash`);
  for (const line of odd) console.log(`  not a sentence: ${line}`);
}
